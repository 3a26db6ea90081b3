/** Shows openapi.json, once there is a token for it. Everything from the server becomes text, never markup. */
const KEY = 'portolan-token';
const $ = (id) => document.getElementById(id);
let api;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** The token goes to this server alone, in a header: nothing that another page could have sent along. */
function ask(path, options = {}) {
  const token = sessionStorage.getItem(KEY);
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  return fetch(path, { ...options, headers, credentials: 'omit', cache: 'no-store' });
}

async function open() {
  const sent = sessionStorage.getItem(KEY) !== null;
  const answer = await ask('openapi.json').catch(() => undefined);
  if (answer?.ok) {
    api = await answer.json();
    $('version').textContent = api.info.version;
    $('about').textContent = `${api.info.summary} ${api.info.description}`;
    $('document').href = URL.createObjectURL(new Blob([JSON.stringify(api, null, 2)]));
    $('login').hidden = true;
    $('tools').hidden = false;
    $('logout').hidden = !sent;
    $('problem').textContent = '';
    $('api').replaceChildren(...api.tags.map(section));
    return;
  }
  if (answer?.status === 401) {
    sessionStorage.removeItem(KEY);
    $('login').hidden = false;
    $('token').focus();
    $('problem').textContent = sent ? 'This token is not valid.' : '';
    return;
  }
  const { error } = (await answer?.json().catch(() => undefined)) ?? {};
  $('problem').textContent = error ? `${error.message} ${error.next}` : 'The server does not answer.';
}

function section(tag) {
  const found = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.tags.includes(tag.name))
      .map(([method, operation]) => operationView(method, path, operation)),
  );
  return element('section', {}, element('h2', { textContent: tag.name }), words(tag.description), ...found);
}

function operationView(method, path, operation) {
  const title = [
    element('span', { className: 'method', textContent: method.toUpperCase() }),
    element('code', { textContent: path }),
    ` ${operation.summary}`,
  ];
  return folded(title, () => {
    const { description, parameters = [], requestBody, responses } = operation;
    const body = schemaOf(requestBody);
    return [
      words(description),
      ...(parameters.length > 0
        ? [heading('Parameters'), list(parameters.map((one) => field(one.name, one.schema, one)))]
        : []),
      ...(body ? [heading('Body'), fields(body)] : []),
      heading('Answers'),
      list(Object.entries(responses).map(([status, response]) => answerView(status, resolve(response)))),
      ...(schemaOf(responses[200]) ? [trial(method, path, parameters, body)] : []),
    ];
  });
}

function answerView(status, response) {
  const title = [element('strong', { textContent: status }), ` ${response.description}`];
  const schema = schemaOf(response);
  return element('li', {}, ...(childrenOf(schema) ? [folded(title, () => [fields(schema)])] : title));
}

/** Details that are made when somebody looks: the whole would be long. */
function folded(title, content) {
  const view = element('details', {}, element('summary', {}, ...title));
  view.addEventListener(
    'toggle',
    () => view.childElementCount > 1 || view.append(...content().filter(Boolean)),
  );
  return view;
}

const heading = (textContent) => element('h3', { textContent });
const list = (items) => element('ul', {}, ...items);
const words = (textContent) => textContent && element('p', { className: 'words', textContent });
const schemaOf = (part) => resolve(part)?.content?.['application/json']?.schema;

/** What a reference within the document stands for. */
function resolve(part) {
  if (!part?.$ref?.startsWith('#/')) return part;
  return part.$ref
    .slice(2)
    .split('/')
    .reduce((at, step) => at?.[step], api);
}

/** The object within a schema: itself, what a list holds, or one of its choices. */
function childrenOf(given) {
  const schema = resolve(given);
  if (schema?.properties) return schema;
  const inner = [schema?.items, schema?.additionalProperties, ...(schema?.anyOf ?? schema?.oneOf ?? [])];
  return inner
    .filter((one) => typeof one === 'object')
    .map(childrenOf)
    .find(Boolean);
}

function fields(given) {
  const { properties, required = [] } = childrenOf(given) ?? { properties: {} };
  const items = Object.entries(properties).map(([name, schema]) =>
    field(name, schema, { required: required.includes(name) }),
  );
  return items.length > 0 ? list(items) : element('p', { textContent: kindOf(given) });
}

function field(name, given, { required, description, in: place }) {
  const schema = resolve(given);
  const kind = [kindOf(schema), place, required ? 'required' : undefined].filter(Boolean).join(', ');
  const text = description ?? schema.description;
  const title = [
    element('code', { textContent: name }),
    element('span', { className: 'kind', textContent: ` ${kind}` }),
    text ? ` ${text}` : undefined,
  ];
  return element('li', {}, ...(childrenOf(schema) ? [folded(title, () => [fields(schema)])] : title));
}

function kindOf(given) {
  const schema = resolve(given) ?? {};
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(kindOf))].join(' or ');
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `list of ${kindOf(schema.items)}`;
  return [schema.type ?? 'any'].flat().join(' or ');
}

/** A form that calls it. */
function trial(method, path, parameters, body) {
  const inputs = parameters.map((one) => [
    one,
    element('input', {
      placeholder: kindOf(one.schema),
      required: one.required === true,
      ariaLabel: one.name,
    }),
  ]);
  const text = body && element('textarea', { value: example(body), ariaLabel: 'Body', spellcheck: false });
  const result = element('pre', { hidden: true, role: 'status' });
  const form = element(
    'form',
    {},
    heading('Try it'),
    ...inputs.map(([one, input]) => element('p', {}, element('label', {}, `${one.name} `, input))),
    text,
    element('p', {}, element('button', { textContent: 'Send' })),
    result,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    result.hidden = false;
    result.textContent = '…';
    const given = inputs.filter(([, input]) => input.value !== '');
    const of = (place) =>
      given.filter(([one]) => one.in === place).map(([one, input]) => [one.name, input.value]);
    const filled = of('path').reduce(
      (at, [name, value]) => at.replace(`{${name}}`, encodeURIComponent(value)),
      path,
    );
    const query = new URLSearchParams(of('query')).toString();
    try {
      const answer = await ask(`.${filled}${query && `?${query}`}`, {
        method: method.toUpperCase(),
        headers: {
          ...Object.fromEntries(of('header')),
          ...(text ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(text ? { body: text.value } : {}),
      });
      const said = await answer.text();
      result.textContent = `${answer.status} ${answer.statusText}\n${pretty(said)}`;
    } catch (error) {
      result.textContent = String(error);
    }
  });
  return form;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A body with what is required. */
function example(schema) {
  const { properties = {}, required = [] } = childrenOf(schema) ?? {};
  const values = { string: '', number: 0, integer: 0, boolean: false, array: [], object: {} };
  const value = (one) =>
    resolve(one)?.examples?.[0] ?? resolve(one)?.default ?? values[resolve(one)?.type] ?? null;
  return JSON.stringify(Object.fromEntries(required.map((name) => [name, value(properties[name])])), null, 2);
}

$('login').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, $('token').value.trim());
  $('token').value = '';
  void open();
});
$('logout').addEventListener('click', () => {
  sessionStorage.removeItem(KEY);
  location.reload();
});
$('filter').addEventListener('input', () => {
  const wanted = $('filter').value.toLowerCase();
  for (const part of document.querySelectorAll('section')) {
    const operations = [...part.querySelectorAll(':scope > details')];
    for (const one of operations) {
      one.hidden = !one.firstChild.textContent.toLowerCase().includes(wanted);
    }
    part.hidden = operations.every((one) => one.hidden);
  }
});
void open();
