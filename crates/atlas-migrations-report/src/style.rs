//! The style sheet of the page.

/// The rules of the page; those of charts come from the chart crate.
pub(crate) const STYLE: &str = "\
:root{color-scheme:light dark}
body{margin:0 auto;padding:24px;max-width:1180px;background:#fff;color:#14181D;font:14.5px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1{font-size:30px;line-height:1.15;margin:0 0 4px}
h2{font-size:20px;margin:36px 0 8px}
h3{font-size:16px;margin:0;display:inline}
h4{font-size:14px;margin:14px 0 4px}
p{margin:4px 0}
a{color:#005B91}
.muted,th,dt,time{color:#545C66}
.scroll{overflow-x:auto;overflow-wrap:normal}
.scroll table{min-width:720px}
.scroll svg{display:block;width:100%;min-width:680px;height:auto}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-size:12px;font-weight:600;vertical-align:bottom}
th,td{padding:5px 12px 5px 0;vertical-align:top;border-bottom:1px solid #D5DAE0}
td.nowrap,time{white-space:nowrap}
td small,td .id{font-size:12.5px}
.id,pre,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{white-space:pre-wrap;font-size:12.5px;border:1px solid #D5DAE0;padding:12px;margin:4px 0}
ul{margin:4px 0;padding-left:20px}
details{border-top:1px solid #D5DAE0;padding:10px 0}
summary{cursor:pointer}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0}
dd{margin:0}
.state{font-weight:600}
.broken .state,.state.broken,.problem td{color:#BF3B00}
.yours .state,.state.yours{color:#5A3E00}
.moving .state,.state.moving{color:#005B91}
.done .state,.state.done{color:#00664A}
tr.broken td{background:#FDEDE4}tr.broken td:first-child{box-shadow:inset 4px 0 #D55E00;padding-left:10px}
tr.yours td{background:#FFF4D6}tr.yours td:first-child{box-shadow:inset 4px 0 #E69F00;padding-left:10px}
.next{font-weight:600}
.void{text-decoration:line-through}
@media screen and (prefers-color-scheme:dark){
body{background:#101418;color:#E8ECF0}
a{color:#74BFEF}
.muted,th,dt,time{color:#A3ACB7}
th,td,pre,details{border-color:#303843}
.broken .state,.state.broken,.problem td{color:#FF9466}
.yours .state,.state.yours{color:#F5BC45}
.moving .state,.state.moving{color:#74BFEF}
.done .state,.state.done{color:#45CFA5}
tr.broken td{background:#33190C}
tr.yours td{background:#2E2407}
}
@media print{
@page{size:A4;margin:14mm}
body{padding:0;max-width:none;font-size:10pt}
.scroll{overflow:visible}.scroll svg,.scroll table{min-width:0}
h2,h3,summary{break-after:avoid}
tr,svg{break-inside:avoid}
tr.broken td,tr.yours td{print-color-adjust:exact;-webkit-print-color-adjust:exact}
a{color:inherit;text-decoration:none}
}
";
