// The ways a URL is parsed (js/web/url.js), each also by optimised code: every text gives the same as it did the first time.
import assert from 'node:assert/strict';

const long = 'x'.repeat(20_000);
const cases = [
  ['https://a.example/b?c#d', undefined, 'https://a.example/b?c#d'],
  ['HTTPS://A.example:443/b/../c d', undefined, 'https://a.example/c%20d'],
  ['http://h/\u00e9?\u4e2d#\u{1f600}\ud800', undefined, 'http://h/%C3%A9?%E4%B8%AD#%F0%9F%98%80%EF%BF%BD'],
  ['http://u@h:80/\t', undefined, 'http://u@h/'],
  ['http://\u00e9.example', undefined, 'http://xn--9ca.example/'],
  ['mailto:a b', undefined, 'mailto:a b'],
  [`http://h/${long} `, undefined, `http://h/${long}`],
  ['no url', undefined, null],
  ['../b', 'https://u:p@h:1/x/y/z', 'https://u:p@h:1/x/b'],
  ['?\u4e2d', 'https://h/x#y', 'https://h/x?%E4%B8%AD'],
  ['\\\\h2', 'https://h/x#y', 'https://h2/'],
  ['', 'https://h/x?q#y', 'https://h/x?q'],
  [`${long}/../y`, 'https://h/x', 'https://h/y'],
  ['b', `https://h/${long}/`, `https://h/${long}/b`],
  ['b', 'file:///c:/x', 'file:///c:/b'],
  ['b', 'mailto:a', null],
  ['b', 'no url', null],
];

function parts(url) {
  return [
    url.href, url.origin, url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search,
    url.hash, url.searchParams.size,
  ];
}

// Flat, put together, and cut out of another one.
function kinds(text) {
  if (text === undefined) return [undefined];
  const middle = text.length >> 1;
  return [text, text.slice(0, middle) + text.slice(middle), `----${text}----`.slice(4, 4 + text.length)];
}

const parse = (input, base) => URL.parse(input, base)?.href ?? null;

const first = cases.map(([input, base, href]) => {
  assert.equal(parse(input, base), href);
  assert.equal(URL.canParse(input, base), href !== null);
  if (href === null) return assert.throws(() => new URL(input, base), { code: 'ERR_INVALID_URL', input });
  // Its own href has the same parts.
  assert.deepEqual(parts(new URL(input, base)), parts(new URL(href)));
  return parts(new URL(input, base));
});
const texts = cases.map(([input, base]) => kinds(input).flatMap((input) => kinds(base).map((base) => [input, base])));
for (let round = 0; round < 3000; round++) {
  for (let i = 0; i < cases.length; i++) {
    const [input, base] = texts[i][round % texts[i].length];
    const href = cases[i][2];
    if (input.length > 1000 && round % 100 !== 0) continue;
    if (parse(input, base) !== href || URL.canParse(input, base) !== (href !== null)) assert.fail(`${round}: ${input} ${base}`);
    if (round % 1000 === 999 && href !== null) assert.deepEqual(parts(new URL(input, base)), first[i]);
  }
}
console.log('ok');
