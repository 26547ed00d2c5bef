(()=>{
const $=id=>document.getElementById(id),live=$('live'),read=$('read'),mode=$('mode'),dot=$('dot'),stale=$('stale'),say=$('say');
const tooOld=3*live.dataset.beat,calm=5e3,resting=2e3,tint=1500;
let heard=Date.now(),lines=[],version='',pending=false,said=0,moved=0,pointed=0,isStale=false;
const selecting=()=>{const s=getSelection();return s&&s.type==='Range'&&live.contains(s.anchorNode)};
// What a node is called in every version of the page.
const key=n=>n.id||n.nodeName==='LI'&&n.firstElementChild?.getAttribute('href')||'';
const places=root=>[...root.querySelectorAll('tr[id],.names li')].map(key).join();
const broken=root=>[...root.querySelectorAll('tr.broken[id]')].map(r=>r.id+r.querySelectorAll('li').length).join();
const isOwn=name=>name==='open'||name==='data-changed';
const mark=text=>{
 const at=text.parentElement,cell=at?.closest('table[role] td');
 if(!cell||!at.closest('b,time,.next')||at.closest('small,.names'))return;
 cell.dataset.changed='';
 setTimeout(()=>delete cell.dataset.changed,tint);
};
// Changes what differs and keeps the rest, and with it focus, selection and what is open. With `hold`, nothing in the table
// is added, removed or moved.
const morph=(a,b,hold)=>{
 if(a.isEqualNode(b))return;
 if(a.nodeName!==b.nodeName||key(a)!==key(b)){a.replaceWith(b);return}
 if(a.nodeType!==1){a.data=b.data;mark(a);return}
 for(const {name} of [...a.attributes])if(!b.hasAttribute(name)&&!isOwn(name))a.removeAttribute(name);
 for(const {name,value} of b.attributes)if(!isOwn(name)&&a.getAttribute(name)!==value)a.setAttribute(name,value);
 if(hold&&a.matches('table[role],.names')){
  const known=new Map([...a.querySelectorAll('tr[id],li')].map(n=>[key(n),n]));
  for(const f of [...b.querySelectorAll('tr[id],li')])if(known.has(key(f)))morph(known.get(key(f)),f,hold);
  return;
 }
 const byKey=new Map([...a.children].filter(key).map(c=>[key(c),c])),fresh=[...b.childNodes];
 fresh.forEach((f,i)=>{
  const here=a.childNodes[i],there=key(f)?byKey.get(key(f)):here&&!key(here)?here:null;
  if(!there){a.insertBefore(f,here||null);return}
  if(there!==here)a.insertBefore(there,here);
  morph(there,f,hold);
 });
 while(a.childNodes.length>fresh.length)a.lastChild.remove();
};
const seen=()=>[...live.querySelectorAll('tr[id]')].map(r=>[r,r.getBoundingClientRect()]).filter(([,b])=>b.bottom>0&&b.top<innerHeight).map(([r,b])=>[r,b.top]);
// Keeps in place what a reader looks at: the rows in the middle of those that moved.
const keepPlace=before=>{
 const shifts=before.filter(([r])=>r.isConnected).map(([r,top])=>r.getBoundingClientRect().top-top).sort((a,b)=>a-b);
 if(shifts.length)scrollBy(0,shifts[shifts.length>>1]);
};
const show=()=>{
 // Text that is being copied stays.
 if(selecting()){pending=true;return}
 const t=document.createElement('template'),root=live.cloneNode(false),now=Date.now();
 t.innerHTML=lines.join('\n');
 root.append(t.content);
 // Rows move seldom, unless one is broken, and never away from below a pointer that moves.
 const moves=places(root)!==places(live),pointing=now-pointed<resting&&live.querySelector('tbody:hover');
 const hold=pending=moves&&!!(pointing||now-moved<calm&&broken(root)===broken(live));
 if(moves&&!hold)moved=now;
 const at=document.activeElement,focused=at&&live.contains(at),href=focused&&at.getAttribute('href'),row=href&&at.closest('tr[id]');
 const was=$('main').dataset.say,before=scrollY>0?seen():[];
 morph(live,root,hold);
 keepPlace(before);
 if(focused&&(document.activeElement!==at||href&&at.getAttribute('href')!==href)){
  const same=href?[...live.querySelectorAll('a')].filter(a=>a.getAttribute('href')===href):[];
  const a=href?row&&same.find(a=>a.closest('tr'))||same[0]:at.isConnected&&at;
  if(a)a.focus({preventScroll:true});
 }
 const shown=$('main').dataset;
 document.title=shown.title;
 if(shown.say!==was&&now-said>1e4){said=now;say.textContent=shown.say}
};
const alive=()=>{
 heard=Date.now();mode.textContent='Live · read';dot.className='on';
 if(!isStale)return;
 isStale=false;stale.hidden=true;stale.textContent='';document.body.classList.remove('stale');
 for(const a of live.querySelectorAll('.act')){a.removeAttribute('aria-disabled');a.removeAttribute('title')}
 const h=live.querySelector('h1');
 document.title=$('main').dataset.title;
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
 const h=live.querySelector('h1'),time=at.slice(0,5);
 document.title=`Not live since ${time} · ${$('main').dataset.title.split(' · ').pop()}`;
 if(h&&!h.firstElementChild){h.dataset.was=h.textContent;h.textContent=`At ${time}: ${h.textContent}`}
 for(const a of live.querySelectorAll('.act')){a.setAttribute('aria-disabled','true');a.title='The server does not respond'}
};
live.addEventListener('click',e=>{if(isStale&&e.target.closest('.act'))e.preventDefault()});
live.addEventListener('pointermove',()=>{pointed=Date.now()});
let s=null,later=0;
// Browsers keep few connections to one server. A tab in the background looks now and then, so that it does not hold one.
const rest=time=>{s.close();clearTimeout(later);later=setTimeout(connect,time)};
const connect=()=>{
 if(s)s.close();
 s=new EventSource(live.dataset.events);
 s.addEventListener('page',e=>{alive();version=e.lastEventId;lines=e.data.split('\n');show()});
 s.addEventListener('rows',e=>{
  alive();
  const {from,parts}=JSON.parse(e.data);
  // A new connection begins with the whole.
  if(from!==version){connect();return}
  version=e.lastEventId;
  lines=parts.flatMap(p=>Array.isArray(p)?lines.slice(p[0],p[0]+p[1]):[p]);
  show();
 });
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
 if(pending)show();
 if(!document.hidden&&Date.now()-heard>tooOld)old();
},Math.min(1e3,tooOld));
// A phone shows what needs a person first.
if(innerWidth<=700)for(const d of live.querySelectorAll('details.plan'))d.open=false;
connect();
})();
