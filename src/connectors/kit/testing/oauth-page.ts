const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** The page on which an emulated vendor asks whether an app may have access: plain HTML, two buttons. */
export function allowPage(page: {
  readonly vendor: string;
  readonly account: string;
  readonly scope: string;
  /** Why the app may not even ask; null: it may. */
  readonly mistake: string | null;
}): string {
  const title = `Emulated ${page.vendor}`;
  const rights = page.scope.split(/[\s,]+/).filter((one) => one !== '');
  const body =
    page.mistake === null
      ? `<h1>Tandem asks for access to <em>${escape(page.account)}</em></h1>
<p>${rights.length === 0 ? 'With the rights that were chosen when the app was registered.' : 'With these rights:'}</p>
<ul>${rights.map((right) => `<li><code>${escape(right)}</code></li>`).join('')}</ul>
<form method="post"><button name="decision" value="allow" class="yes">Allow</button><button name="decision" value="deny">Deny</button></form>`
      : `<h1>The app cannot be authorised</h1><p role="alert">${escape(page.mistake)}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><style>
:root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.5 system-ui,sans-serif;background:light-dark(#eef1f6,#12161d);color:light-dark(#1a2230,#e6eaf2)}
main{max-width:30rem;margin:1rem;padding:2rem;border-radius:12px;background:light-dark(#fff,#1b2029);border:1px solid light-dark(#dfe3ea,#333a46)}
small{opacity:.7}h1{font-size:1.25rem;margin:.5rem 0 1rem}em{font-style:normal;color:light-dark(#2457d6,#7aa2ff)}ul{padding-left:1.2rem;font-size:.9rem}form{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;font:inherit;font-weight:600;padding:.6rem 1rem;border-radius:8px;border:1px solid light-dark(#c3cad6,#4a5362);background:transparent;color:inherit;cursor:pointer}.yes{background:light-dark(#2457d6,#3f6ee0);border-color:transparent;color:#fff}
</style></head><body><main><small>${escape(title)}</small>${body}</main></body></html>`;
}
