'use strict';

// WebAssembly modules as ES modules (the "ES module integration" of Node's documentation): a small ES module stands
// for each, which imports what the WebAssembly module imports, instantiates it when it is evaluated, and exports what
// it exports. Exported globals appear by their value.

const wrap = internalBinding('module_wrap');

function fromWasm(record, path, source) {
  let bytes = source;
  if (bytes == null) {
    bytes = path !== undefined ? require('fs').readFileSync(path) :
      require('internal/modules/format').contentOfDataUrl(record.href);
  }
  let compiled;
  try {
    compiled = new WebAssembly.Module(bytes);
  } catch (error) {
    error.message = `${path ?? record.href}: ${error.message}`;
    throw error;
  }
  const specifiers = [...new Set(WebAssembly.Module.imports(compiled).map((item) => item.module))];
  const names = WebAssembly.Module.exports(compiled).map((item) => item.name);
  let text = '';
  specifiers.forEach((specifier, index) => { text += `import * as i${index} from ${JSON.stringify(specifier)};\n`; });
  const imports = specifiers.map((_, index) => `i${index}`).join(', ');
  text += `const instance = import.meta.instantiate([${imports}]);\n`;
  names.forEach((name, index) => {
    text += `const e${index} = instance[${JSON.stringify(name)}];\nexport { e${index} as ${JSON.stringify(name)} };\n`;
  });
  record.requests = wrap.compileModule(record.href, text, undefined, 0, 0);
  record.id = record.requests[0];
  record.initializeImportMeta = (meta) => {
    meta.instantiate = (namespaces) => {
      const object = { __proto__: null };
      specifiers.forEach((specifier, index) => { object[specifier] = namespaces[index]; });
      return valuesOf(new WebAssembly.Instance(compiled, object).exports);
    };
  };
}

function valuesOf(exports) {
  const values = { __proto__: null };
  for (const name of Object.keys(exports)) {
    const value = exports[name];
    values[name] = value instanceof WebAssembly.Global ? globalValue(value) : value;
  }
  return values;
}

function globalValue(global) {
  try {
    return global.value;
  } catch {
    // A v128 has no value in JavaScript.
    return undefined;
  }
}

module.exports = { fromWasm };
