(()=>{
const $=id=>document.getElementById(id),live=$('live'),read=$('read'),mode=$('mode'),dot=$('dot'),stale=$('stale'),say=$('say');
let heard=Date.now(),waiting=null,said=0;
const selecting=()=>{const s=getSelection();return s&&s.type==='Range'&&live.contains(s.anchorNode)};
const show=html=>{
 if(selecting()){waiting=html;return}
 waiting=null;
 const at=document.activeElement,href=at&&live.contains(at)&&at.getAttribute('href'),open=[...live.querySelectorAll('details[open]')].map(d=>d.id),was=live.querySelector('main').dataset.say;
 live.innerHTML=html;
 for(const id of open){const d=$(id);if(d)d.open=true}
 if(href){const a=[...live.querySelectorAll('a')].find(a=>a.getAttribute('href')===href);if(a)a.focus({preventScroll:true})}
 const main=live.querySelector('main');
 document.title=main.dataset.title;
 if(main.dataset.say!==was&&Date.now()-said>1e4){said=Date.now();say.textContent=main.dataset.say}
};
const alive=()=>{heard=Date.now();stale.hidden=true;stale.textContent='';mode.textContent='Live · read';dot.className='on'};
const connect=()=>{
 const s=new EventSource(live.dataset.events);
 s.addEventListener('page',e=>{alive();show(e.data)});
 s.addEventListener('beat',e=>{alive();const b=JSON.parse(e.data);read.textContent=b.read;if(!b.readable)dot.className='off'});
 s.onerror=()=>{mode.textContent='Not live · read';dot.className='off';if(s.readyState===2){s.close();setTimeout(connect,1e4)}};
};
setInterval(()=>{
 if(waiting!==null)show(waiting);
 const away=Math.floor((Date.now()-heard)/6e4);
 if(Date.now()-heard>45e3){
  const text='Last seen '+(away<1?'under 1':away)+' min ago, journal read at '+read.textContent+'. The server does not respond. Migrations go on in Atlas. It is tried again. Look by hand: atlas-migrations status';
  if(stale.textContent!==text)stale.textContent=text;
  stale.hidden=false;
 }
},1e3);
connect();
})();
