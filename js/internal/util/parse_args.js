'use strict';
// util.parseArgs: https://nodejs.org/api/util.html#utilparseargsconfig.
// The command line becomes a list of tokens first; what it means is read off
// the tokens.

const {
  codes: {
    ERR_INVALID_ARG_VALUE,
    ERR_PARSE_ARGS_INVALID_OPTION_VALUE,
    ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL,
    ERR_PARSE_ARGS_UNKNOWN_OPTION,
  },
} = require('internal/errors');
const {
  validateArray,
  validateBoolean,
  validateBooleanArray,
  validateObject,
  validateString,
  validateStringArray,
  validateUnion,
} = require('internal/validators');

const hasOwn = Object.hasOwn;

// An own property of config, as the prototype is not the user's intention.
function own(object, key) {
  return hasOwn(object, key) ? object[key] : undefined;
}

// The arguments of the program: what follows the script, or follows -e's text.
function programArguments() {
  const { argv, execArgv } = process;
  const evaluated = execArgv.some((arg) =>
    arg === '-e' || arg === '--eval' || arg === '-p' || arg === '--print');
  return argv.slice(evaluated ? 1 : 2);
}

function checkOptions(options) {
  for (const name of Object.keys(options)) {
    const option = options[name];
    const path = `options.${name}`;
    validateObject(option, path);
    const type = own(option, 'type');
    validateUnion(type, `${path}.type`, ['string', 'boolean']);
    if (hasOwn(option, 'short')) {
      const { short } = option;
      validateString(short, `${path}.short`);
      if (short.length !== 1) {
        throw new ERR_INVALID_ARG_VALUE(`${path}.short`, short, 'must be a single character');
      }
    }
    const multiple = own(option, 'multiple');
    if (hasOwn(option, 'multiple')) validateBoolean(multiple, `${path}.multiple`);
    const fallback = own(option, 'default');
    if (fallback !== undefined) {
      const validate = type === 'string' ?
        (multiple ? validateStringArray : validateString) :
        (multiple ? validateBooleanArray : validateBoolean);
      validate(fallback, `${path}.default`);
    }
  }
}

// ---- tokens -------------------------------------------------------------

function nameOfShort(short, options) {
  for (const name of Object.keys(options)) {
    if (own(options[name], 'short') === short) return name;
  }
  return short;
}

function takesValue(name, options) {
  return hasOwn(options, name) && own(options[name], 'type') === 'string';
}

function optionToken(name, rawName, index, value, inlineValue) {
  return { kind: 'option', name, rawName, index, value, inlineValue };
}

function tokenize(args, options) {
  const tokens = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (index++; index < args.length; index++) {
        tokens.push({ kind: 'positional', index, value: args[index] });
      }
    } else if (typeof arg !== 'string' || arg.length < 2 || arg[0] !== '-') {
      tokens.push({ kind: 'positional', index, value: arg });
    } else if (arg[1] !== '-') {
      index = tokenizeShort(args, index, options, tokens);
    } else {
      const equal = arg.indexOf('=', 3);
      if (equal !== -1) {
        const name = arg.slice(2, equal);
        tokens.push(optionToken(name, `--${name}`, index, arg.slice(equal + 1), true));
      } else {
        const name = arg.slice(2);
        const next = args[index + 1];
        if (takesValue(name, options) && next !== undefined) {
          tokens.push(optionToken(name, arg, index, next, false));
          index++;
        } else {
          tokens.push(optionToken(name, arg, index, undefined, undefined));
        }
      }
    }
  }
  return tokens;
}

// -a, -abc and -fVALUE; returns the index of the last argument used.
function tokenizeShort(args, index, options, tokens) {
  const arg = args[index];
  for (let i = 1; i < arg.length; i++) {
    const rawName = `-${arg[i]}`;
    const name = nameOfShort(arg[i], options);
    if (takesValue(name, options)) {
      if (i + 1 < arg.length) {
        tokens.push(optionToken(name, rawName, index, arg.slice(i + 1), true));
        return index;
      }
      const next = args[index + 1];
      if (next !== undefined) {
        tokens.push(optionToken(name, rawName, index, next, false));
        return index + 1;
      }
    }
    tokens.push(optionToken(name, rawName, index, undefined, undefined));
  }
  return index;
}

// ---- meaning ------------------------------------------------------------

function checkUsage(token, config) {
  const { options } = config;
  let { name } = token;
  if (!hasOwn(options, name)) {
    const positive = config.allowNegative && token.rawName.startsWith('--no-') ?
      name.slice(3) : undefined;
    if (positive === undefined || !hasOwn(options, positive) ||
        own(options[positive], 'type') !== 'boolean') {
      throw new ERR_PARSE_ARGS_UNKNOWN_OPTION(token.rawName, config.allowPositionals);
    }
    name = positive;
  }
  const short = own(options[name], 'short');
  const shown = `${short ? `-${short}, ` : ''}--${name}`;
  const type = own(options[name], 'type');
  if (type === 'string' && typeof token.value !== 'string') {
    throw new ERR_PARSE_ARGS_INVALID_OPTION_VALUE(`Option '${shown} <value>' argument missing`);
  }
  if (type === 'boolean' && token.value !== undefined && token.value !== null) {
    throw new ERR_PARSE_ARGS_INVALID_OPTION_VALUE(
      `Option '${shown}' does not take an argument`);
  }
}

// `--file --verbose` is rather a forgotten value than a file named --verbose.
function checkDashes(token) {
  const { value, rawName, name } = token;
  if (token.inlineValue || typeof value !== 'string' || value.length < 2 || value[0] !== '-') {
    return;
  }
  const example = rawName.startsWith('--') ?
    `'${rawName}=-XYZ'` : `'--${name}=-XYZ' or '${rawName}-XYZ'`;
  throw new ERR_PARSE_ARGS_INVALID_OPTION_VALUE(
    `Option '${rawName}' argument is ambiguous.\n` +
    `Did you forget to specify the option argument for '${rawName}'?\n` +
    `To specify an option argument starting with a dash use ${example}.`);
}

function storeOption(token, config, values) {
  let { value } = token;
  const { options } = config;
  if (token.name === '__proto__') return;
  if (config.allowNegative && token.rawName.startsWith('--no-') && value === undefined) {
    // Also where there is an option of the negated name. The token tells which option was negated; rawName still tells that.
    token.name = token.name.slice(3);
    value = false;
  }
  const { name } = token;
  // A string option without its value can only be seen where checks are off.
  if (value === undefined) value = true;
  if (hasOwn(options, name) && own(options[name], 'multiple')) {
    if (hasOwn(values, name)) values[name].push(value);
    else values[name] = [value];
  } else {
    values[name] = value;
  }
}

function parseArgs(config = { __proto__: null }) {
  const args = own(config, 'args') ?? programArguments();
  const strict = own(config, 'strict') ?? true;
  const allowPositionals = own(config, 'allowPositionals') ?? !strict;
  const returnTokens = own(config, 'tokens') ?? false;
  const allowNegative = own(config, 'allowNegative') ?? false;
  const options = own(config, 'options') ?? { __proto__: null };

  validateArray(args, 'args');
  validateBoolean(strict, 'strict');
  validateBoolean(allowPositionals, 'allowPositionals');
  validateBoolean(returnTokens, 'tokens');
  validateBoolean(allowNegative, 'allowNegative');
  validateObject(options, 'options');
  checkOptions(options);

  const settings = { options, allowPositionals, allowNegative };
  const values = { __proto__: null };
  const positionals = [];
  const tokens = tokenize(args, options);
  for (const token of tokens) {
    if (token.kind === 'option') {
      if (strict) {
        checkUsage(token, settings);
        checkDashes(token);
      }
      storeOption(token, settings, values);
    } else if (token.kind === 'positional') {
      if (!allowPositionals) throw new ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL(token.value);
      positionals.push(token.value);
    }
  }
  for (const name of Object.keys(options)) {
    const fallback = own(options[name], 'default');
    if (fallback !== undefined && !hasOwn(values, name) && name !== '__proto__') {
      values[name] = fallback;
    }
  }
  return returnTokens ? { values, positionals, tokens } : { values, positionals };
}

module.exports = { parseArgs };
