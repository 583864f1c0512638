/** The page of an emulated CRM, where a person plays sales rep: plain HTML, no dependency, no inline script. */
export const repPage = (crm: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Emulated ${crm}</title><link rel="stylesheet" href="/_emulator/rep.css"></head>
<body><header><h1>Emulated ${crm}</h1><p id="state"></p></header>
<main><section><form id="search"><input name="q" placeholder="Search people" aria-label="Search people" autofocus><button>Search</button><button type="button" id="new">New person</button></form>
<table><thead><tr><th>Name</th><th>E-mail</th><th>Company</th><th>Kind</th></tr></thead><tbody id="people"></tbody></table><h2 id="bin-title" hidden>Bin</h2><ul id="bin"></ul></section>
<aside><form id="record" hidden><h2 id="who"></h2><div id="fields"></div>
<p class="row"><button>Save</button><button type="button" id="convert">Convert to contact</button><button type="button" id="merge">Merge into…</button><button type="button" id="remove" class="danger">Delete</button></p><h3 id="timeline-title" hidden>Activities and notes</h3><ul id="timeline"></ul></form>
<h2>Make trouble</h2><p class="row"><button data-fault="throttle">Throttle 3 calls</button><button data-fault="error">503 for 3 calls</button><button data-fault="drop">Lose an answer</button><button data-fault="slow">Slow 3 calls</button><button data-fault="expire">Expire the session</button><button id="revoke">Revoke the app</button><button id="calm">Calm</button></p><p id="message" role="status"></p></aside></main>
<script type="module" src="/_emulator/rep.js"></script></body></html>`;

export const repStyle = `
:root{color-scheme:light dark;--line:light-dark(#dfe3ea,#333a46);--soft:light-dark(#f5f7fa,#1b2029);--accent:light-dark(#2457d6,#7aa2ff)}
*{box-sizing:border-box}body{margin:0;font:15px/1.45 system-ui,sans-serif;background:light-dark(#fff,#12161d);color:light-dark(#1a2230,#e6eaf2)}
header{display:flex;gap:1rem;align-items:baseline;padding:1rem 1.5rem;border-bottom:1px solid var(--line)}h1{font-size:1.15rem;margin:0}#state{margin:0;opacity:.7}
main{display:grid;grid-template-columns:1fr 380px;gap:1.5rem;padding:1.5rem}@media(max-width:900px){main{grid-template-columns:1fr}}
form#search{display:flex;gap:.5rem;margin-bottom:1rem}input{flex:1;font:inherit;padding:.45rem .6rem;border:1px solid var(--line);border-radius:6px;background:transparent;color:inherit;width:100%}
button{font:inherit;padding:.4rem .8rem;border:1px solid var(--line);border-radius:6px;background:var(--soft);color:inherit;cursor:pointer}button:hover{border-color:var(--accent)}.danger{color:light-dark(#b3261e,#ff8a80)}
table{width:100%;border-collapse:collapse}th{text-align:left;font-weight:600;opacity:.7;font-size:.85rem}td,th{padding:.45rem .5rem;border-bottom:1px solid var(--line)}tbody tr{cursor:pointer}tbody tr:hover,tr.on{background:var(--soft)}
#fields{display:grid;grid-template-columns:130px 1fr;gap:.4rem .6rem;align-items:center}.row{display:flex;gap:.5rem;flex-wrap:wrap}aside h2,aside h3{font-size:1rem}section h2{font-size:1rem}#timeline,#bin{list-style:none;padding:0;margin:0}#bin li{display:flex;gap:.75rem;align-items:center;padding:.35rem .5rem}#timeline li{white-space:pre-line;overflow-wrap:anywhere;border-top:1px solid var(--line);padding:.5rem 0;font-size:.9rem}`;

export const repScript = `
const $ = (id) => document.getElementById(id);
const api = async (path, method = 'GET', body) => {
  const answer = await fetch('/_emulator/' + path, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
  return answer.json();
};
const KEYS = ['email', 'first_name', 'last_name', 'company', 'job_title', 'phone', 'mobile', 'city', 'country', 'sync'];
let current = null;
async function show() {
  const state = await api('state');
  $('state').textContent = state.leads + ' leads, ' + state.contacts + ' contacts, ' + state.calls + ' API calls' + (state.faults.length ? ', trouble waiting: ' + state.faults.map((f) => f.kind).join(', ') : '');
  const people = await api('people?q=' + encodeURIComponent(new FormData($('search')).get('q')));
  $('people').replaceChildren(...people.map((person) => {
    const row = document.createElement('tr');
    row.className = current && current.id === person.id ? 'on' : '';
    for (const text of [[person.fields.first_name, person.fields.last_name].filter(Boolean).join(' '), person.fields.email, person.fields.company, person.kind]) {
      const cell = document.createElement('td'); cell.textContent = text ?? ''; row.append(cell);
    }
    row.onclick = () => open(person);
    return row;
  }));
  const bin = await api('bin');
  $('bin-title').hidden = bin.length === 0;
  $('bin').replaceChildren(...bin.map((person) => {
    const item = document.createElement('li'); const button = document.createElement('button');
    button.textContent = 'Restore'; button.type = 'button';
    button.onclick = async () => { const { ok } = await api('restore/' + person.id, 'POST', {}); $('message').textContent = ok ? 'Restored.' : 'It cannot be restored.'; show(); };
    item.append(button, [person.fields.first_name, person.fields.last_name].filter(Boolean).join(' ') || person.fields.email || person.id);
    return item;
  }));
}
function open(person) {
  current = person; $('record').hidden = false; void timeline(person.id);
  $('who').textContent = person.id ? person.id + ' (' + person.kind + ')' : 'New person';
  $('fields').replaceChildren(...KEYS.flatMap((key) => {
    const label = document.createElement('label'); label.textContent = key; label.htmlFor = 'f-' + key;
    const input = document.createElement('input'); input.id = 'f-' + key; input.name = key;
    if (key === 'sync') { input.type = 'checkbox'; input.checked = person.fields[key] === true; } else input.value = person.fields[key] ?? '';
    return [label, input];
  }));
}
async function timeline(id) {
  const entries = id ? await api('people/' + id + '/timeline') : [];
  $('timeline-title').hidden = entries.length === 0;
  $('timeline').replaceChildren(...entries.map((entry) => {
    const item = document.createElement('li');
    // Some CRMs keep mark-up; here it is read, not drawn.
    const text = new DOMParser().parseFromString(entry.text.replaceAll('<br>', '\\n'), 'text/html').body.textContent ?? '';
    item.textContent = new Date(entry.at).toLocaleString() + ' · ' + text;
    return item;
  }));
}
$('search').onsubmit = (event) => { event.preventDefault(); show(); };
$('new').onclick = () => open({ fields: {} });
$('record').onsubmit = async (event) => {
  event.preventDefault();
  const fields = {};
  for (const key of KEYS) {
    const input = $('f-' + key); const value = key === 'sync' ? input.checked : input.value || null;
    if (value !== (current.fields[key] ?? (key === 'sync' ? false : null))) fields[key] = value;
  }
  if (current.id) await api('people/' + current.id, 'PATCH', fields); else { const made = await api('people', 'POST', { people: [fields] }); current.id = made.ids[0]; }
  $('message').textContent = 'Saved.'; open(await api('people/' + current.id)); show();
};
$('remove').onclick = async () => { await api('people/' + current.id, 'DELETE'); $('record').hidden = true; $('message').textContent = 'Deleted.'; show(); };
$('convert').onclick = async () => { const { id } = await api('convert/' + current.id, 'POST', {}); $('message').textContent = 'Converted: ' + id; show(); };
$('merge').onclick = async () => { const winner = prompt('Id of the record that stays'); if (winner) { await api('merge', 'POST', { loser: current.id, winner }); $('message').textContent = 'Merged.'; show(); } };
$('revoke').onclick = async () => { await api('revoke', 'POST', {}); $('message').textContent = 'The app has no access any more.'; };
$('calm').onclick = async () => { await api('faults', 'DELETE'); show(); };
for (const button of document.querySelectorAll('[data-fault]')) button.onclick = async () => {
  const kind = button.dataset.fault; await api('faults', 'POST', { kind, times: kind === 'drop' || kind === 'expire' ? 1 : 3 }); $('message').textContent = 'Trouble waits for the next call.'; show();
};
show(); setInterval(show, 3000);
`;
