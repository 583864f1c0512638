/** How our own public pages look; embedded forms are styled by their site. */
export const PUBLIC_STYLE = `
:root{--ink:#1c1b22;--soft:#5c5a66;--line:#c9c6d1;--paper:#fff;--back:#f6f5f8;--accent:#b52d67;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#f1eff5;--soft:#b4b1bf;--line:#4a4752;--paper:#211f26;--back:#17161b;--accent:#f279a8;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:34rem;margin:clamp(1rem,6vh,5rem) auto;padding:clamp(1.25rem,4vw,2.5rem);background:var(--paper);border:1px solid var(--line);border-radius:12px}
@media (max-width:36rem){main{margin:0;border:0;border-radius:0;min-height:100vh}}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 1rem;overflow-wrap:anywhere}
.field{margin:0 0 1.1rem;border:0;padding:0}
label,legend{display:block;font-weight:600;margin-bottom:.3rem;padding:0}
.choice{display:flex;gap:.6rem;align-items:flex-start;font-weight:400}
.choice input{margin:.3rem 0 0;flex:none;width:1.05rem;height:1.05rem;accent-color:var(--accent)}
.choice span{white-space:pre-line}
input:not([type=checkbox]):not([type=hidden]),select,textarea{width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:.6rem .7rem;min-height:2.75rem}
input:focus-visible,select:focus-visible,textarea:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[aria-invalid=true]{border-color:var(--bad)!important}
.help{display:block;color:var(--soft);font-size:.875rem;margin-top:.25rem}
.error{display:block;color:var(--bad);font-size:.9rem;margin-top:.25rem}
.required{color:var(--bad)}
.note{background:var(--back);border-left:4px solid var(--accent);padding:.6rem .9rem;border-radius:4px}
.quiet{color:var(--soft);font-size:.9rem}
button,.button{display:inline-block;font:inherit;font-weight:600;color:var(--paper);background:var(--accent);border:0;border-radius:8px;padding:.7rem 1.4rem;cursor:pointer;text-decoration:none}
button.plain{background:none;color:var(--accent);border:1px solid var(--accent)}
.trap{position:absolute;left:-10000px;width:1px;height:1px;overflow:hidden}
a{color:var(--accent)}
a.button{color:var(--paper)}
hr{border:0;border-top:1px solid var(--line);margin:1.5rem 0}
`.trim();
