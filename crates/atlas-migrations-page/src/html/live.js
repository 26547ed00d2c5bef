(()=>{
const $=id=>document.getElementById(id),live=$('live'),read=$('read'),mode=$('mode'),dot=$('dot'),stale=$('stale'),say=$('say');
const tooOld=3*live.dataset.beat;
let heard=Date.now(),waiting=null,said=0,moved=0,isStale=false;
const selecting=()=>{const s=getSelection();return s&&s.type==='Range'&&live.contains(s.anchorNode)};
const order=root=>[...root.querySelectorAll('tr[id]')].map(r=>r.id).join();
// Changes what differs and keeps the rest, and with it focus, selection and what is open.
const morph=(a,b)=>{
 if(a.isEqualNode(b))return;
 if(a.nodeName!==b.nodeName||a.id!==b.id){a.replaceWith(b);return}
 if(a.nodeType!==1){a.data=b.data;return}
 for(const {name} of [...a.attributes])if(!b.hasAttribute(name)&&name!=='open')a.removeAttribute(name);
 for(const {name,value} of b.attributes)if(name!=='open'&&a.getAttribute(name)!==value)a.setAttribute(name,value);
 const byId=new Map([...a.children].filter(c=>c.id).map(c=>[c.id,c])),fresh=[...b.childNodes];
 fresh.forEach((f,i)=>{
  const here=a.childNodes[i],there=f.id?byId.get(f.id):here&&!here.id?here:null;
  if(!there){a.insertBefore(f,here||null);return}
  if(there!==here)a.insertBefore(there,here);
  morph(there,f);
 });
 while(a.childNodes.length>fresh.length)a.lastChild.remove();
};
const show=html=>{
 const t=document.createElement('template');
 t.innerHTML=html;
 const root=document.createElement('div');
 root.append(t.content);
 const moves=order(root)!==order(live);
 // A row does not move away from below the pointer, and text that is being copied stays.
 if(selecting()||moves&&Date.now()-moved<5e3&&live.querySelector('tbody:hover')){waiting=html;return}
 if(moves)moved=Date.now();
 waiting=null;
 const at=document.activeElement,href=at&&live.contains(at)&&at.getAttribute('href'),row=href&&at.closest('tr[id]'),was=live.querySelector('main').dataset.say;
 const fresh=[...root.childNodes],now=live.querySelector('main'),main=root.querySelector('main');
 for(const n of [...live.childNodes])if(n!==now)n.remove();
 for(const n of fresh)if(n!==main)live.insertBefore(n,now);
 morph(now,main);
 if(href&&document.activeElement!==at||href&&at.getAttribute('href')!==href){
  const same=[...live.querySelectorAll('a')].filter(a=>a.getAttribute('href')===href),a=row&&same.find(a=>a.closest('tr'))||same[0];
  if(a)a.focus({preventScroll:true});
 }
 const shown=live.querySelector('main');
 document.title=shown.dataset.title;
 if(shown.dataset.say!==was&&Date.now()-said>1e4){said=Date.now();say.textContent=shown.dataset.say}
};
const alive=()=>{
 heard=Date.now();mode.textContent='Live · read';dot.className='on';
 if(!isStale)return;
 isStale=false;stale.hidden=true;stale.textContent='';document.body.classList.remove('stale');
 for(const a of live.querySelectorAll('.act')){a.removeAttribute('aria-disabled');a.removeAttribute('title')}
 const main=live.querySelector('main'),h=live.querySelector('h1');
 document.title=main.dataset.title;
 if(h&&h.dataset.was){h.textContent=h.dataset.was;delete h.dataset.was}
};
const old=()=>{
 const away=Math.floor((Date.now()-heard)/6e4),at=read.textContent;
 const text=[`Last seen ${away<1?'less than 1':away} min ago, at ${at}.`,' The server does not respond. Migrations go on in Atlas. This page tries again every few seconds. Look by hand: '];
 if(stale.dataset.text!==text[0]){
  stale.dataset.text=text[0];
  const [b,code]=[document.createElement('strong'),document.createElement('code')];
  b.textContent=text[0];code.textContent='atlas-migrations status';code.className='cmd';
  stale.replaceChildren(b,text[1],code);
 }
 stale.hidden=false;
 if(isStale)return;
 isStale=true;document.body.classList.add('stale');
 const main=live.querySelector('main'),h=live.querySelector('h1'),time=at.slice(0,5);
 document.title=`Not live since ${time} · ${main.dataset.title.split(' · ').pop()}`;
 if(h&&!h.firstElementChild){h.dataset.was=h.textContent;h.textContent=`At ${time}: ${h.textContent}`}
 for(const a of live.querySelectorAll('.act')){a.setAttribute('aria-disabled','true');a.title='The server does not respond'}
};
live.addEventListener('click',e=>{if(isStale&&e.target.closest('.act'))e.preventDefault()});
let s=null,later=0;
// Browsers keep few connections to one server. A tab in the background looks now and then, so that it does not hold one.
const rest=time=>{s.close();clearTimeout(later);later=setTimeout(connect,time)};
const connect=()=>{
 if(s)s.close();
 s=new EventSource(live.dataset.events);
 s.addEventListener('page',e=>{alive();show(e.data)});
 s.addEventListener('beat',e=>{
  alive();
  const b=JSON.parse(e.data);
  read.textContent=b.read;
  if(!b.readable)dot.className='off';
  if(document.hidden)rest(15e3);
 });
 s.onerror=()=>{mode.textContent='Not live · read';dot.className='off';if(s.readyState===2)rest(1e4)};
};
document.addEventListener('visibilitychange',()=>{
 if(document.hidden)return;
 heard=Math.max(heard,Date.now()-tooOld+5e3);
 if(s.readyState===2){clearTimeout(later);connect()}
});
setInterval(()=>{
 if(waiting!==null)show(waiting);
 if(!document.hidden&&Date.now()-heard>tooOld)old();
},Math.min(1e3,tooOld));
// A phone shows what needs a person first.
if(innerWidth<=700)for(const d of live.querySelectorAll('details.plan'))d.open=false;
connect();
})();
