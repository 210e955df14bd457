//! `node:http`: servers and clients over real connections, and what is refused.

mod common;

use common::run_script;

/// What the scripts begin with: a server on any port, what a raw connection to it answers.
const TOOLS: &str = r"
    const { deepStrictEqual, match, rejects, strictEqual, throws } = require('node:assert');
    const { AsyncLocalStorage } = require('node:async_hooks');
    const { once } = require('node:events');
    const http = require('node:http');
    const net = require('node:net');
    const listen = async (server) => { await once(server.listen(0), 'listening'); return server.address().port; };
    const text = async (stream) => { let all = ''; for await (const part of stream.setEncoding('utf8')) all += part; return all; };
    // All that comes back for `bytes`, until the server ends the connection.
    const raw = async (port, bytes) => { const socket = net.connect(port); socket.write(bytes); return text(socket); };
    const ask = async (options, body) => {
      const request = http.request(options);
      request.end(body);
      const [response] = await once(request, 'response');
      return { response, request, body: await text(response) };
    };
";

fn script(body: &str) {
    run_script(&format!("{TOOLS}\n(async () => {{\n{body}\n}})();")).exits(0);
}

#[test]
fn bodies_go_both_ways_and_the_connection_is_used_again() {
    script(
        r"
        const seen = new Set();
        const server = http.createServer(async (request, response) => {
          seen.add(request.socket);
          const body = await text(request);
          response.setHeader('X-Seen', `${request.method} ${request.url} ${request.headers['x-mine']}`);
          response.write(`${body.length}:`);
          response.end(body.slice(0, 10));
        });
        const port = await listen(server);
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        for (const size of [0, 5, 100_000, 3_000_000]) {
          const { response, body } = await ask(
            { port, agent, method: 'POST', path: `/${size}`, headers: { 'X-Mine': 'yes' } }, 'x'.repeat(size));
          strictEqual(response.statusCode, 200);
          strictEqual(response.headers['x-seen'], `POST /${size} yes`);
          strictEqual(response.headers['transfer-encoding'], 'chunked');
          strictEqual(body, `${size}:${'x'.repeat(Math.min(size, 10))}`);
        }
        strictEqual(seen.size, 1);
        agent.destroy();
        server.close();
        ",
    );
}

#[test]
fn answers_keep_the_order_of_pipelined_requests() {
    script(
        r"
        const answers = [];
        const server = http.createServer((request, response) => {
          answers.push(() => response.end(request.url));
          // The later ones first.
          if (answers.length === 3) for (const answer of answers.reverse()) answer();
        });
        const port = await listen(server);
        const socket = net.connect(port);
        for (const path of ['/1', '/2', '/3']) socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${path === '/3' ? 'Connection: close\r\n' : ''}\r\n`);
        deepStrictEqual((await text(socket)).match(/\n\/\d/g), ['\n/1', '\n/2', '\n/3']);
        server.close();
        ",
    );
}

#[test]
fn what_could_hide_a_request_in_another_is_refused() {
    script(
        r"
        const paths = [];
        const server = http.createServer((request, response) => {
          paths.push(request.url);
          request.on('error', () => {});
          request.resume();
          request.on('end', () => response.end());
        });
        const port = await listen(server);
        const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';
        const post = 'POST / HTTP/1.1\r\nHost: a\r\n';
        for (const message of [
          `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`,
          `${post}Content-Length: 1\r\nContent-Length: 60\r\n\r\n${hidden}`,
          `${post}Content-Length: +1\r\n\r\n${hidden}`,
          `${post}Content-Length: 1 1\r\n\r\n${hidden}`,
          `${post}Content-Length : 1\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: chunked, identity\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: xchunked\r\n\r\n${hidden}`,
          `${post}X: a\nContent-Length: 5\r\n\r\n${hidden}`,
          `${post}X: a\rY: b\r\n\r\n${hidden}`,
          `${post}X: a\0b\r\n\r\n${hidden}`,
          `${post} X: a\r\n\r\n${hidden}`.replace('Host: a\r\n ', ' '),
          `${post}X\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: chunked\r\n\r\n1\nA\r\n0\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: chunked\r\n\r\n1 \r\nA\r\n0\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: chunked\r\n\r\n-1\r\nA\r\n0\r\n\r\n${hidden}`,
          `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nAB0\r\n\r\n${hidden}`,
          `${post}Connection: close\r\n\r\n${hidden}`,
          'GET /  HTTP/1.1\r\nHost: a\r\n\r\n',
          'GET / HTTP/1.1x\r\nHost: a\r\n\r\n',
          'GET / HTTP/1.2\r\nHost: a\r\n\r\n',
          'GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n',
          'get / HTTP/1.1\r\nHost: a\r\n\r\n',
          'GET / HTTP/1.1\r\n\r\n',
        ]) {
          // In one piece, and byte by byte.
          for (const piecewise of [false, true]) {
            const socket = net.connect(port).on('error', () => {});
            socket.setNoDelay(true);
            if (piecewise) for (const byte of Buffer.from(message, 'latin1')) socket.write(Buffer.of(byte));
            else socket.write(message, 'latin1');
            let answer = '';
            socket.on('data', (part) => { answer += part; });
            await once(socket, 'close');
            const isClosed = message.includes('Connection: close');
            match(answer, isClosed ? /^HTTP\/1.1 200 OK|^HTTP\/1.1 400|^$/ : /^HTTP\/1.1 400 Bad Request\r\n|^$/);
          }
        }
        strictEqual(paths.includes('/hidden'), false);
        server.close();
        ",
    );
}

#[test]
fn heads_and_requests_have_limits() {
    script(
        r"
        const server = http.createServer({ maxHeaderSize: 1000 }, (request, response) => {
          request.resume();
          response.end();
        });
        const port = await listen(server);
        match(await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
        // Not even a line that is complete.
        match(await raw(port, `GET /${'x'.repeat(1000)}`), /^HTTP\/1.1 431 /);
        match(await raw(port, `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}`),
              /HTTP\/1.1 (200|413) /);
        server.close();

        // Slow ones are ended, whether they say something or not.
        const slow = http.createServer({ requestTimeout: 30, headersTimeout: 20, connectionsCheckingInterval: 5 }, () => {});
        const slowPort = await listen(slow);
        for (const part of ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: a\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc']) {
          match(await raw(slowPort, part), /^HTTP\/1.1 408 Request Timeout\r\n/);
        }
        slow.close();
        throws(() => http.createServer({ requestTimeout: 10, headersTimeout: 20 }), { code: 'ERR_OUT_OF_RANGE' });
        ",
    );
}

#[test]
fn other_protocols_take_the_connection_over() {
    script(
        r"
        const server = http.createServer();
        server.on('upgrade', (request, socket, head) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
          socket.write(head);
          socket.pipe(socket);
        });
        server.on('connect', (request, socket) => socket.end(`HTTP/1.1 200 OK\r\n\r\nto ${request.url}`));
        const port = await listen(server);
        const upgrade = http.request({ port, headers: { Connection: 'Upgrade', Upgrade: 'echo' } }).end();
        const [response, socket, head] = await once(upgrade, 'upgrade');
        strictEqual(response.statusCode, 101);
        strictEqual(head.length, 0);
        socket.end('spoken');
        strictEqual(await text(socket), 'spoken');

        const connect = http.request({ port, method: 'CONNECT', path: 'there:80' }).end();
        const [, tunnel, first] = await once(connect, 'connect');
        strictEqual(String(first) + await text(tunnel), 'to there:80');
        server.close();
        ",
    );
}

#[test]
fn answers_belong_to_the_async_context_of_their_request() {
    script(
        r"
        const storage = new AsyncLocalStorage();
        const server = http.createServer((request, response) => {
          storage.run(request.url, () => setImmediate(() => response.end(storage.getStore())));
        });
        const port = await listen(server);
        // One connection for all: whoever made it must not be who is told.
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const results = await Promise.all(Array.from({ length: 5 }, (_, i) => storage.run(i, () => new Promise((resolve) => {
          http.get({ port, agent, path: `/${i}` }, (response) => {
            const stores = [storage.getStore()];
            let body = '';
            response.on('data', (part) => { stores.push(storage.getStore()); body += part; });
            response.on('end', () => resolve([...stores, storage.getStore(), body]));
          });
        }))));
        deepStrictEqual(results, [0, 1, 2, 3, 4].map((i) => [i, i, i, `/${i}`]));
        agent.destroy();
        server.close();
        ",
    );
}

#[test]
fn broken_and_aborted_exchanges_are_told_to_both_sides() {
    script(
        r"
        const server = http.createServer((request, response) => {
          if (request.url === '/reset') request.socket.destroy();
          else response.write('part');
        });
        const port = await listen(server);
        const reset = http.get({ port, path: '/reset' });
        await rejects(once(reset, 'response'), { code: 'ECONNRESET', message: 'socket hang up' });

        const request = http.get({ port, path: '/hang' });
        const [[serverRequest, serverResponse], [response]] =
          await Promise.all([once(server, 'request'), once(request, 'response')]);
        await once(response, 'data');
        const closed = Promise.all([once(serverResponse, 'close'), once(serverRequest, 'aborted'), once(request, 'close')]);
        request.destroy();
        await closed;
        strictEqual(response.complete, false);
        strictEqual(serverRequest.signal.aborted, true);
        strictEqual(response.signal.aborted, true);

        const controller = new AbortController();
        const aborted = http.get({ port, path: '/abort', signal: controller.signal });
        controller.abort();
        await rejects(once(aborted, 'response'), { name: 'AbortError' });
        server.closeAllConnections();
        server.close();

        // What is no answer is an error with what came.
        const liar = net.createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'));
        const bad = http.get({ port: await listen(liar) });
        await rejects(once(bad, 'response'), { code: 'HPE_INVALID_CONTENT_LENGTH' });
        liar.close();
        ",
    );
}

#[test]
fn messages_without_bodies_interim_answers_and_trailers() {
    script(
        r"
        const server = http.createServer((request, response) => {
          if (request.url === '/trailers') {
            response.writeHead(200, { Trailer: 'X-Sum' });
            response.write('body');
            response.addTrailers({ 'X-Sum': '4' });
            response.end();
          } else if (request.url === '/hints') {
            strictEqual(request.signal.aborted, false);
            response.writeEarlyHints({ link: '</a.css>; rel=preload' });
            response.writeInformation(102);
            throws(() => response.writeInformation(101), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
            throws(() => response.writeInformation(200), { code: 'ERR_OUT_OF_RANGE' });
            response.end('late');
          } else {
            response.writeHead(+request.url.slice(1), { 'Content-Length': 4 });
            response.end(request.method === 'HEAD' || request.url !== '/200' ? undefined : 'four');
          }
        });
        const port = await listen(server);
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const head = await ask({ port, agent, method: 'HEAD', path: '/200' });
        deepStrictEqual([head.response.headers['content-length'], head.body], ['4', '']);
        strictEqual((await ask({ port, agent, path: '/304' })).body, '');
        strictEqual((await ask({ port, agent, path: '/200' })).body, 'four');
        const trailers = await ask({ port, agent, path: '/trailers' });
        deepStrictEqual([trailers.body, trailers.response.trailers], ['body', { 'x-sum': '4' }]);

        const hints = http.get({ port, agent, path: '/hints' });
        const [[information], [late]] = await Promise.all([once(hints, 'information'), once(hints, 'response')]);
        strictEqual(information.statusCode, 103);
        strictEqual(information.headers.link, '</a.css>; rel=preload');
        strictEqual(await text(late), 'late');

        const continued = http.request({ port, agent, method: 'POST', path: '/200', headers: { Expect: '100-continue' } });
        continued.flushHeaders();
        continued.on('continue', () => continued.end('now'));
        strictEqual(await text((await once(continued, 'response'))[0]), 'four');
        agent.destroy();
        server.close();
        ",
    );
}

#[test]
fn headers_are_checked_before_they_are_sent() {
    script(
        r"
        const server = http.createServer((request, response) => {
          throws(() => response.setHeader('a b', '1'), { code: 'ERR_INVALID_HTTP_TOKEN' });
          throws(() => response.setHeader('a', 'x\r\nSet-Cookie: y'), { code: 'ERR_INVALID_CHAR' });
          throws(() => response.setHeader('a'), { code: 'ERR_HTTP_INVALID_HEADER_VALUE' });
          throws(() => response.writeHead(99), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
          throws(() => response.writeHead(200, 'x\r\n'), { code: 'ERR_INVALID_CHAR' });
          response.statusMessage = undefined;
          response.setHeader('Set-Cookie', ['a=1', 'b=2']);
          response.appendHeader('X-List', 'one');
          response.appendHeader('x-list', 'two');
          deepStrictEqual(response.getHeaderNames(), ['set-cookie', 'x-list']);
          response.end('ok');
          throws(() => response.setHeader('late', '1'), { code: 'ERR_HTTP_HEADERS_SENT' });
        });
        const port = await listen(server);
        const { response } = await ask({ port, headers: { Accept: ['a', 'b'], Cookie: ['c=1', 'd=2'] } });
        deepStrictEqual([response.headers['set-cookie'], response.headers['x-list']], [['a=1', 'b=2'], 'one, two']);
        throws(() => http.get({ path: '/ a' }), { code: 'ERR_UNESCAPED_CHARACTERS' });
        throws(() => http.get({ method: 'A B' }), { code: 'ERR_INVALID_HTTP_TOKEN' });
        throws(() => http.get('https://localhost'), { code: 'ERR_INVALID_PROTOCOL' });
        server.closeAllConnections();
        server.close();
        ",
    );
}

#[test]
fn who_reads_slowly_holds_the_writer_up() {
    script(
        r"
        const total = 32 << 20;
        let written = 0;
        const server = http.createServer(async (request, response) => {
          const part = Buffer.alloc(1 << 16, 1);
          while (written < total) {
            written += part.length;
            if (!response.write(part)) await once(response, 'drain');
          }
          response.end();
        });
        const port = await listen(server);
        const [response] = await once(http.get({ port }), 'response');
        await once(response, 'readable');
        // As much as fits the kernel's buffers and the streams', and no more, however long one waits.
        let before = -1;
        while (before !== written) {
          before = written;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        strictEqual(written < total, true);
        let read = 0;
        for await (const part of response) read += part.length;
        strictEqual(read, total);
        server.close();
        ",
    );
}

/// Where the program goes on after an uncaught error, what follows on that connection is not read as something else.
#[test]
fn a_listener_that_throws_costs_its_connection_only() {
    script(
        r"
        const paths = [];
        const server = http.createServer((request, response) => {
          paths.push(request.url);
          if (request.url === '/throws') throw new Error('thrown');
          response.end('fine');
        });
        const port = await listen(server);
        const thrown = once(process, 'uncaughtException');
        const socket = net.connect(port).on('error', () => {});
        socket.write('GET /throws HTTP/1.1\r\nHost: a\r\n\r\n');
        strictEqual((await thrown)[0].message, 'thrown');
        socket.write('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
        match(await text(socket), /^HTTP\/1.1 400 Bad Request\r\n/);
        strictEqual((await ask({ port, path: '/other' })).body, 'fine');
        deepStrictEqual(paths, ['/throws', '/other']);
        server.closeAllConnections();
        server.close();
        ",
    );
}

#[test]
fn a_head_reads_the_same_whole_and_in_pieces() {
    script(
        r"
        const server = http.createServer((request, response) => {
          const { method, url, httpVersion, rawHeaders, headers } = request;
          response.end(JSON.stringify([method, url, httpVersion, rawHeaders, headers]));
        });
        server.on('clientError', (error, socket) => socket.end(`${error.code} ${error.reason}`));
        const port = await listen(server);
        const pieces = async (bytes) => {
          const socket = net.connect({ port, noDelay: true });
          socket.on('error', () => {});
          const answer = text(socket);
          for (const byte of Buffer.from(bytes, 'latin1')) {
            if (!socket.writable) break;
            socket.write(Buffer.of(byte));
            await new Promise(setImmediate);
          }
          return answer;
        };
        const withoutDate = (answer) => answer.replace(/Date: .*\r\n/g, '');
        const end = 'Connection: close\r\n\r\n';
        for (const head of [
          `GET / HTTP/1.1\r\nHost: a\r\n${end}`,
          `GET /?q#f HTTP/1.1\r\nHOST:a\r\nX-Empty:\r\nx-blank: \t v w \t\r\nX-Latin: \xe9\r\nx-blank: 2\r\n${end}`,
          `DELETE /d HTTP/1.0\r\n\r\n`,
          `M-SEARCH * HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\nExpect: something\r\n${end}`,
          `GET / HTTP/1.1\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\n folded\r\n${end}`,
          `GET /\xe9 HTTP/1.1\r\nHost: a\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n${end}`,
          `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(5000)}\r\n${end}`,
        ]) {
          strictEqual(withoutDate(await pieces(head)), withoutDate(await raw(port, Buffer.from(head, 'latin1'))), head);
        }
        match(await raw(port, `GET / HTTP/1.1\r\nHost: a\r\n folded\r\n${end}`), /^HPE_INVALID_HEADER_TOKEN /);
        match(await raw(port, Buffer.from(`GET /\xe9 HTTP/1.1\r\nHost: a\r\n${end}`, 'latin1')), /^HPE_INVALID_URL /);
        server.close();
        ",
    );
}

#[test]
fn answers_given_whole_are_written_in_one_piece() {
    script(
        r"
        const writes = [];
        const bodies = ['text', 'gr\u00fc\u00df dich', Buffer.from('bytes'), ''];
        const server = http.createServer((request, response) => {
          const { socket } = response;
          for (const name of ['_write', '_writev']) {
            const was = socket[name];
            socket[name] = function(...args) {
              writes.push(name);
              return Reflect.apply(was, this, args);
            };
          }
          const body = bodies[Number(request.url.slice(1))];
          response.setHeader('X-N', 1);
          response.end(body, () => writes.push('ended'));
        });
        const port = await listen(server);
        for (let i = 0; i < bodies.length; i++) {
          writes.length = 0;
          const { response, body } = await ask({ port, path: `/${i}`, agent: false });
          strictEqual(body, String(bodies[i]));
          strictEqual(response.headers['content-length'], String(Buffer.byteLength(bodies[i])));
          strictEqual(writes.filter((name) => name !== 'ended').length, 1, `${i}: ${writes}`);
          strictEqual(writes.at(-1), 'ended');
        }
        server.close();
        ",
    );
}

#[test]
fn a_client_that_sends_no_more_is_no_broken_client() {
    script(
        r"
        const told = [];
        const server = http.createServer((request, response) => {
          request.on('error', (error) => told.push(error.code));
          response.on('close', () => told.push('close'));
        });
        server.on('clientError', (error) => told.push(`clientError ${error.code}`));
        const socket = net.connect(await listen(server));
        socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        await once(server, 'request');
        socket.end();
        socket.resume();
        await once(socket, 'close');
        server.close();
        await once(server, 'close');
        deepStrictEqual(told, ['close', 'ECONNRESET']);
        ",
    );
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    script(
        r"
        const told = (bytes) => new Promise((resolve) => {
          const server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(bytes)));
          server.listen(0, () => {
            http.get({ port: server.address().port }, (response) => response.on('error', () => {}).resume()).on('error', (error) => {
              server.close();
              resolve([error.code, error.reason, error.bytesParsed]);
            });
          });
        });
        const status = 'HTTP/1.1 200 OK\r\n';
        for (const [bytes, code, reason, at] of [
          ['garbage\r\n\r\n', 'HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/', 0],
          ['HTTP/1.1 abc\r\n\r\n', 'HPE_INVALID_STATUS', 'Invalid status code', 9],
          ['HTTP/1.1 2000 OK\r\n\r\n', 'HPE_INVALID_STATUS', 'Invalid response status', 12],
          ['HTTP/9.1 200 OK\r\n\r\n', 'HPE_INVALID_VERSION', 'Invalid HTTP version', 8],
          [status + 'bad header\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN', 'Invalid header token', 20],
          [status + 'A: \x01\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN', 'Invalid header value char', 20],
          [status + 'Content-Length: x\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length', 33],
          [status + 'Content-Length: 2\r\nContent-Length: 3\r\n\r\nok', 'HPE_UNEXPECTED_CONTENT_LENGTH', 'Duplicate Content-Length', 52],
          [status + 'Transfer-Encoding: chunked\r\n\r\nzz\r\n', 'HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size', 47],
          ['HTTX/1.1 200 OK\r\n\r\n', 'HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/', 3],
          [status + 'A: b\r\n c: d\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN', 'Unexpected whitespace after header value', 23],
          // What comes behind an answer is nobody's.
          [status + 'Content-Length: 2\r\n\r\nokEXTRA', 'HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/', 40],
          [status + 'Connection: close\r\nContent-Length: 1\r\n\r\naHTTP/1.1', 'HPE_CLOSED_CONNECTION',
            'Data after `Connection: close`', 59],
        ]) deepStrictEqual(await told(bytes), [code, reason, at]);",
    );
}

#[test]
fn what_is_wrong_with_a_request_is_told_in_llhttps_words() {
    script(
        r"
        const told = (bytes) => new Promise((resolve) => {
          const server = http.createServer((request, response) => {
            resolve(['request', request.method, request.url, request.httpVersion]);
            response.end();
            server.close();
          });
          server.on('clientError', (error, socket) => {
            socket.destroy();
            server.close();
            resolve([error.code, error.reason, error.bytesParsed]);
          });
          server.listen(0, () => net.connect(server.address().port).on('error', () => {}).end(Buffer.from(bytes, 'latin1')));
        });
        const line = 'POST / HTTP/1.1\r\nHost: a\r\n';
        const encoding = 'Invalid `Transfer-Encoding` header value';
        for (const [bytes, ...expected] of [
          ['garbage\r\n', 'HPE_INVALID_METHOD', 'Invalid method encountered', 0],
          ['GETX / HTTP/1.1\r\n\r\n', 'HPE_INVALID_METHOD', 'Expected space after method', 3],
          ['GET x: HTTP/1.1\r\n\r\n', 'HPE_INVALID_URL', 'Invalid characters in url', 7],
          ['GET x:/y HTTP/1.1\r\n\r\n', 'HPE_INVALID_URL', 'Unexpected char in url schema', 7],
          ['GET ?a HTTP/1.1\r\n\r\n', 'HPE_INVALID_URL', 'Unexpected start char in url', 4],
          ['GET / HTXP/1.1\r\n\r\n', 'HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/', 8],
          ['GET / HTTP/x.1\r\n\r\n', 'HPE_INVALID_VERSION', 'Invalid major version', 11],
          ['GET / HTTP/1x1\r\n\r\n', 'HPE_INVALID_VERSION', 'Expected dot', 12],
          ['GET / HTTP/1.1 \r\n\r\n', 'HPE_INVALID_VERSION', 'Expected CRLF after version', 14],
          ['GET / HTTP/1.1\rHost: a\r\n\r\n', 'HPE_STRICT', 'Expected CRLF after version', 15],
          ['GET / ICE/1.0\r\n\r\n', 'HPE_INVALID_CONSTANT', 'Expected SOURCE method for ICE/x.x request', 9],
          ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HPE_PAUSED_H2_UPGRADE', 'Pause on PRI/Upgrade', 24],
          [line + 'Transfer-Encoding: chunked, gzip\r\n\r\n', 'HPE_INVALID_TRANSFER_ENCODING', encoding, 53],
          [line + 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n', 'HPE_INVALID_TRANSFER_ENCODING', encoding, 74],
          [line + 'Content-Length:\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH', 'Empty Content-Length', 43],
          ['GET /\r\n\r\n', 'request', 'GET', '/', '0.9'],
          ['DESCRIBE / RTSP/1.0\r\n\r\n', 'request', 'DESCRIBE', '/', '1.0'],
          ['GET x://a HTTP/1.1\r\nHost: a\r\n\r\n', 'request', 'GET', 'x://a', '1.1'],
        ]) deepStrictEqual(await told(bytes), expected, JSON.stringify(bytes));",
    );
}
