// Visits and downloads of people who agreed to it. Nothing is sent and nothing is kept before `tandem.consent(true)`.
(() => {
  const script = document.currentScript;
  if (script === null || window.tandem !== undefined) return;
  const key = script.dataset.site ?? '';
  const hub = new URL(script.src).origin;
  const COOKIE = 'tandem_v';
  const SECONDS = TANDEM_COOKIE_SECONDS;
  const FILE = /\.(pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|zip|rar|7z|gz|epub|mobi|mp3|mp4|mov|dmg|exe|msi|apk)$/i;

  const stored = () => new RegExp(`(?:^|; )${COOKIE}=([\\w-]{16,64})`).exec(document.cookie)?.[1] ?? null;
  let visitor = stored();
  let given = visitor !== null;
  let queue = [];
  let timer = null;
  let last = null;

  const writeCookie = (value, seconds) => {
    const domain = script.dataset.domain ? `; domain=${script.dataset.domain}` : '';
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `${COOKIE}=${value}; max-age=${seconds}; path=/; samesite=lax${domain}${secure}`;
  };
  const newId = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(18));
    return btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_');
  };

  const send = () => {
    clearTimeout(timer);
    timer = null;
    if (queue.length === 0) return;
    const now = Date.now();
    const signs = queue.splice(0, 20).map(({ at, ...sign }) => ({ ...sign, a: now - at }));
    const body = JSON.stringify({ k: key, v: visitor, e: signs });
    // As text, so that no site needs a preflight; kept alive, so that a click that leaves the page still counts.
    const beacon = navigator.sendBeacon?.(`${hub}/t`, body);
    if (!beacon)
      fetch(`${hub}/t`, { method: 'POST', body, mode: 'no-cors', keepalive: true, credentials: 'omit' }).catch(
        () => undefined,
      );
    if (queue.length > 0) send();
  };
  const note = (type, data = {}) => {
    if (!given) return;
    queue.push({
      t: type,
      u: location.href.slice(0, 1000),
      r: document.referrer.slice(0, 500),
      n: document.title.slice(0, 200),
      d: data,
      at: Date.now(),
    });
    timer ??= setTimeout(send, 1000);
  };
  const seen = () => {
    const address = location.href.split('#')[0];
    if (!given || address === last) return;
    last = address;
    note('page');
  };

  // Single pages: an address that changes is another page.
  for (const name of ['pushState', 'replaceState']) {
    const original = history[name];
    history[name] = function changed(...parts) {
      const result = original.apply(this, parts);
      setTimeout(seen, 0);
      return result;
    };
  }
  addEventListener('popstate', () => setTimeout(seen, 0));
  addEventListener('pagehide', send);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && send());
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target?.closest?.('a[href]');
      if (!given || !link) return;
      const url = new URL(link.href, location.href);
      // Our own links say whose click it was, and are counted there.
      if (url.origin === hub && /^\/[fd]\//.test(url.pathname)) {
        url.searchParams.set('v', visitor);
        link.href = url.href;
      } else if (FILE.test(url.pathname)) {
        note('download', { file: url.pathname.split('/').pop().slice(0, 200) });
        send();
      }
    },
    true,
  );

  window.tandem = {
    /** For consent banners: `true` begins, `false` stops and forgets. */
    consent: (agreed) => {
      given = agreed === true;
      if (given && visitor === null) {
        visitor = newId();
        // Its end is counted from the consent, and never put off.
        writeCookie(visitor, SECONDS);
      }
      if (!given) {
        queue = [];
        visitor = null;
        last = null;
        writeCookie('', 0);
      }
      seen();
    },
    /** Something of your own, in snake_case, with a few values. */
    track: (type, data) => note(String(type), data),
    visitor: () => (given ? visitor : null),
  };
  if (script.dataset.consent === 'given' || window.tandemConsent === true) window.tandem.consent(true);
  else seen();
})();
