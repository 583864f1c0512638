/** How the reference looks; colours as on our other public pages. */
export const REFERENCE_STYLE = `
:root{--ink:#1c1b22;--soft:#5c5a66;--line:#dcd9e3;--paper:#fff;--back:#f6f5f8;--accent:#b52d67}
@media (prefers-color-scheme:dark){:root{--ink:#f1eff5;--soft:#b4b1bf;--line:#3d3a45;--paper:#211f26;--back:#17161b;--accent:#f279a8}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;color:var(--ink);background:var(--paper);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;display:grid;grid-template-columns:15rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;background:var(--back);border-right:1px solid var(--line)}
nav ul{list-style:none;margin:1rem 0 0;padding:0}
nav li{margin:.15rem 0}
nav small,.who,small{color:var(--soft)}
main{padding:2rem clamp(1rem,4vw,3rem);max-width:60rem;min-width:0}
h1{margin-top:0}
h2{margin:2.5rem 0 1rem;padding-top:1rem;border-top:2px solid var(--line)}
h3{margin:0 0 .5rem;font-size:1.05rem;overflow-wrap:anywhere}
h4{margin:1rem 0 .25rem;font-size:.9rem;color:var(--soft)}
article{border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin:0 0 1rem}
article:target{border-color:var(--accent)}
article p{margin:.25rem 0}
.method{display:inline-block;min-width:4.2rem;text-align:center;font:600 .75rem/1.7 ui-monospace,monospace;border-radius:6px;padding:0 .5rem;color:#fff;background:#52606d}
.post{background:#1f7a3d}.patch,.put{background:#8a5a00}.delete{background:#b3261e}.get{background:#2458a6}
pre{background:var(--back);border-radius:8px;padding:.75rem 1rem;margin:.25rem 0;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem;line-height:1.45}
pre.example{border-left:4px solid var(--accent)}
code{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.9em}
pre code{font-size:1em}
summary{cursor:pointer;margin:.75rem 0 .25rem;font-size:.9rem;color:var(--soft)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
td{border-top:1px solid var(--line);padding:.3rem .75rem .3rem 0;vertical-align:top}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (max-width:52rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}nav ul{display:flex;flex-wrap:wrap;gap:.25rem .75rem}}
`.trim();
