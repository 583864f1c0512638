// The form on somebody else's page: plain elements that the site styles, no dependency, nothing inline.
// The server puts the form's definition in the place of the last line's name.
((form) => {
  const MEMORY = 'tandem-known';
  let count = 0;

  const make = (name, properties, children = []) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in element) element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };
  /** Fields that this browser sent before: names, never values. */
  const known = () => {
    try {
      return JSON.parse(localStorage.getItem(MEMORY) ?? '[]');
    } catch {
      return [];
    }
  };
  const remember = (names) => {
    try {
      localStorage.setItem(MEMORY, JSON.stringify([...new Set([...known(), ...names])]));
    } catch {
      // A browser that keeps nothing is asked again.
    }
  };
  const asked = () => {
    const before = new Set(known());
    let shown = 0;
    return form.fields.filter((field) => {
      if (!field.progressive) return true;
      if (before.has(field.name)) return false;
      shown += 1;
      return form.progressiveAtMost === 0 || shown <= form.progressiveAtMost;
    });
  };

  const star = (field) =>
    field.required ? [make('span', { className: 'tandem-required', 'aria-hidden': 'true', textContent: ' *' })] : [];
  const choice = (input, label) => make('label', { className: 'tandem-choice' }, [input, ' ', ...label]);

  const control = (field, id) => {
    const shared = { id, name: field.name, required: field.required, autocomplete: field.autocomplete };
    if (field.type === 'oneOf') {
      const options = field.options.map(([value, label]) => make('option', { value, textContent: label }));
      return make('select', shared, [make('option', { value: '' }), ...options]);
    }
    if (field.type === 'longText') return make('textarea', { ...shared, rows: 4 });
    return make('input', { ...shared, type: field.input });
  };

  const block = (field, id) => {
    const help =
      field.help === '' ? [] : [make('span', { className: 'tandem-help', id: `${id}-help`, textContent: field.help })];
    const error = make('span', { className: 'tandem-error', id: `${id}-error` });
    const described = [...help, error].map((one) => one.id).join(' ');
    const properties = { className: 'tandem-field', 'data-field': field.name };
    if (field.type === 'manyOf') {
      const boxes = field.options.map(([value, label]) =>
        choice(make('input', { type: 'checkbox', name: field.name, value }), [label]),
      );
      return make('fieldset', { ...properties, 'aria-describedby': described }, [
        make('legend', {}, [field.label, ...star(field)]),
        ...boxes,
        ...help,
        error,
      ]);
    }
    if (field.type === 'boolean' || field.type === 'consent') {
      const box = make('input', { type: 'checkbox', name: field.name, value: field.value, required: field.required });
      box.setAttribute('aria-describedby', described);
      return make('div', properties, [choice(box, [field.label, ...star(field)]), ...help, error]);
    }
    const input = control(field, id);
    input.setAttribute('aria-describedby', described);
    return make('div', properties, [
      make('label', { htmlFor: id }, [field.label, ...star(field)]),
      input,
      ...help,
      error,
    ]);
  };

  const trap = () => {
    const input = make('input', { name: form.trap, tabIndex: -1, autocomplete: 'off' });
    const holder = make('div', { 'aria-hidden': 'true' }, [input]);
    // Set by script, so that it needs no style of the site and no exception in its content policy.
    Object.assign(holder.style, {
      position: 'absolute',
      left: '-10000px',
      width: '1px',
      height: '1px',
      overflow: 'hidden',
    });
    return holder;
  };

  const thank = (element, answer) => {
    const parts = answer.message.split(/\n\s*\n/).map((textContent) => make('p', { textContent }));
    if (answer.file !== null)
      parts.push(make('p', {}, [make('a', { href: answer.file.address, textContent: answer.file.label })]));
    const box = make('div', { className: 'tandem-thanks', role: 'status', tabIndex: -1 }, parts);
    element.replaceWith(box);
    box.focus();
  };

  const showErrors = (element, errors) => {
    for (const place of element.querySelectorAll('[data-field]')) {
      const error = errors.find((one) => one.field === place.dataset.field);
      place.querySelector('.tandem-error').textContent = error?.message ?? '';
      for (const input of place.querySelectorAll('input,select,textarea'))
        input.setAttribute('aria-invalid', String(error !== undefined));
    }
    element.querySelector('[aria-invalid=true]')?.focus();
  };

  const send = async (element, names) => {
    const body = new URLSearchParams(new FormData(element));
    body.set('_key', form.key);
    body.set('_stamp', form.stamp);
    body.set('_page', location.href);
    body.set('_referrer', document.referrer);
    body.set('_known', known().join(','));
    // For moments: the visitor's own clocks.
    body.set('_zone', Intl.DateTimeFormat().resolvedOptions().timeZone ?? '');
    const visitor = window.tandem?.visitor?.();
    if (visitor) body.set('_visitor', visitor);
    const parameters = new URLSearchParams(location.search);
    for (const [name, parameter] of form.hidden) body.set(name, parameters.get(parameter) ?? '');
    const response = await fetch(form.address, {
      method: 'POST',
      body,
      headers: { accept: 'application/json' },
      credentials: 'include',
    });
    const answer = await response.json();
    if (!response.ok) {
      showErrors(element, answer.errors ?? []);
      return answer.message;
    }
    remember(names.filter((name) => body.getAll(name).some((value) => value !== '')));
    element.dispatchEvent(new CustomEvent('tandem:submitted', { bubbles: true, detail: { form: form.id } }));
    if (answer.redirect === null) thank(element, answer);
    else location.assign(answer.redirect);
    return '';
  };

  const build = (link) => {
    count += 1;
    const fields = asked();
    const problem = make('p', { className: 'tandem-problem', role: 'alert' });
    const button = make('button', { type: 'submit', textContent: form.button });
    const element = make('form', { className: 'tandem-form', method: 'post', action: form.address, noValidate: true }, [
      ...fields.map((field) => block(field, `${form.id}-${count}-${field.name}`)),
      trap(),
      problem,
      button,
    ]);
    element.addEventListener('submit', (event) => {
      event.preventDefault();
      button.disabled = true;
      void send(
        element,
        fields.map((field) => field.name),
      )
        .catch(() => form.failed)
        .then((message) => {
          problem.textContent = message;
          button.disabled = false;
        });
    });
    link.replaceWith(element);
  };

  const start = () => {
    for (const link of document.querySelectorAll('a[data-tandem-form]'))
      if (link.href.split(/[?#]/)[0] === form.address) build(link);
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})(TANDEM_FORM);
