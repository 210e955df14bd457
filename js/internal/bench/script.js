'use strict';
// --script: a user's module as load. Its default export is called with { payload, threads, duration, rate, random, signal }
// once a run; `signal` is aborted at the run's end. It may give, or promise, a function that ends the load, or an object with
// `stop()` and `operations()`.

// `importModule(href)` promises a module's namespace.
async function scriptLoad(file, importModule) {
  const href = require('url').pathToFileURL(require('path').resolve(file)).href;
  const { default: load } = await importModule(href);
  if (typeof load !== 'function') throw new TypeError(`${file}: its default export must be a function that begins a load`);
  return {
    about: `the load of ${file}`,
    unit: 'as the script has it',
    async start({ fail, ...context }) {
      const controller = new AbortController();
      let given;
      // A load that goes on until the signal is one that cannot be waited for.
      const begun = Promise.resolve(load({ ...context, signal: controller.signal })).then((value) => { given = value; });
      begun.catch((error) => { if (!controller.signal.aborted) fail(error); });
      return {
        operations: () => Number(given?.operations?.() ?? 0),
        async stop() {
          controller.abort();
          if (typeof given === 'function') await given();
          else await given?.stop?.();
        },
      };
    },
  };
}

module.exports = { scriptLoad };
