// URLPattern by its standard: what matches, what is captured, what is refused.
import assert from 'node:assert/strict';
import { URLPattern as fromModule } from 'node:url';

assert.equal(fromModule, URLPattern);
const books = new URLPattern({ pathname: '/books/:id(\\d+)' });
assert.equal(books.hasRegExpGroups, true);
assert.equal(books.pathname, '/books/:id(\\d+)');
assert.equal(books.protocol, '*');
assert.ok(books.test('https://a.example/books/12'));
assert.ok(!books.test('https://a.example/books/x'));
assert.ok(!books.test('no url'));
assert.deepEqual(books.exec('https://a.example/books/12').pathname, { input: '/books/12', groups: { id: '12' } });
assert.equal(books.exec('https://a.example/'), null);

const wild = new URLPattern('https://*.example.com/:a/*?');
assert.equal(wild.hasRegExpGroups, false);
const found = wild.exec('https://cdn.example.com/x/y');
assert.deepEqual(found.inputs, ['https://cdn.example.com/x/y']);
assert.deepEqual({ ...found.hostname.groups }, { 0: 'cdn' });
assert.deepEqual({ ...found.pathname.groups }, { 0: 'y', a: 'x' });

const based = new URLPattern('/foo/:x?', 'https://h.example');
assert.deepEqual({ ...based.exec({ pathname: '/foo', baseURL: 'https://h.example' }).pathname.groups }, { x: undefined });
assert.deepEqual(based.exec('foo/1', 'https://h.example').inputs, ['foo/1', 'https://h.example']);

assert.ok(new URLPattern({ pathname: '/FOO' }, { ignoreCase: true }).test({ pathname: '/foo' }));
assert.ok(!new URLPattern({ pathname: '/FOO' }).test({ pathname: '/foo' }));

// Set operations in classes are the syntax of the flag 'v'.
assert.ok(new URLPattern({ pathname: '/([\\d&&[0-1]])' }).test({ pathname: '/1' }));
assert.ok(!new URLPattern({ pathname: '/([\\d&&[0-1]])' }).test({ pathname: '/3' }));

const refused = { name: 'TypeError', code: 'ERR_INVALID_URL_PATTERN' };
assert.throws(() => new URLPattern('/relative'), refused);
assert.throws(() => new URLPattern({ pathname: '(unclosed' }), refused);
assert.throws(() => new URLPattern({}, 'https://base.example'), refused);
assert.throws(() => books.test({ pathname: '/' }, 'https://base.example'), { name: 'TypeError', code: 'ERR_OPERATION_FAILED' });
console.log('ok');
