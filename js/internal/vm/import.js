'use strict';

// import() in code of node:vm: the option importModuleDynamically.

const { importCallbacks, importFromScript } = require('internal/modules/esm_loader');

// A callback for the loader out of the user's option. `owner.script` is the Script, the function or the module.
function callbackFor(option, owner) {
  if (!require('internal/options').getOptionValue('--experimental-vm-modules')) {
    return () => {
      const { codes: { ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG } } = require('internal/errors');
      return Promise.reject(new ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG());
    };
  }
  return async (specifier, attributes) => {
    const named = { __proto__: null };
    if (attributes !== undefined) {
      for (let i = 0; i < attributes.length; i += 2) named[attributes[i]] = attributes[i + 1];
    }
    const result = await Reflect.apply(option, undefined, [specifier, owner.script, named, 'evaluation']);
    const { isModuleNamespaceObject } = require('internal/util/types');
    if (isModuleNamespaceObject(result)) return result;
    const namespace = require('internal/vm/module').namespaceOf(result);
    if (namespace === undefined) {
      const { codes: { ERR_VM_MODULE_NOT_MODULE } } = require('internal/errors');
      throw new ERR_VM_MODULE_NOT_MODULE();
    }
    return namespace;
  };
}

module.exports = { callbackFor, importCallbacks, importFromScript };
