'use strict';
// The options of a test run: from the command line, or those of run().

const { codes: { ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE } } = require('internal/errors');

// A pattern of names: a RegExp, `/text/flags`, or text that is taken for the source of one.
function toRegExp(pattern, name) {
  const { isRegExp } = require('internal/util/types');
  if (isRegExp(pattern)) return pattern;
  if (typeof pattern !== 'string') throw new ERR_INVALID_ARG_TYPE(name, ['string', 'RegExp'], pattern);
  const literal = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  try {
    return literal === null ? new RegExp(pattern) : new RegExp(literal[1], literal[2]);
  } catch (error) {
    throw new ERR_INVALID_ARG_VALUE(name, pattern, `is an invalid regular expression. ${error.message}`);
  }
}

// INDEX/TOTAL of --test-shard.
function parseShard(text) {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match === null) {
    throw new ERR_INVALID_ARG_VALUE('--test-shard', text, 'must be in the form of <index>/<total>');
  }
  return { index: Number(match[1]), total: Number(match[2]) };
}

// Functions that say whether tags satisfy each of the expressions.
function tagFilters(expressions, name) {
  if (expressions.length === 0) return [];
  require('internal/util').emitExperimentalWarning('Test tags');
  const { parseFilter } = require('internal/test_runner/tags');
  return expressions.map((each, i) => parseFilter(each, `${name}[${i}]`));
}

function ofProcess() {
  const { getOptionValue } = require('internal/options');
  const patterns = (flag) => (getOptionValue(flag) ?? []).map((each) => toRegExp(each, flag));
  return {
    namePatterns: patterns('--test-name-pattern'),
    skipPatterns: patterns('--test-skip-pattern'),
    tagFilters: tagFilters(getOptionValue('--experimental-test-tag-filter') ?? [], '--experimental-test-tag-filter'),
    tagExpressions: getOptionValue('--experimental-test-tag-filter') ?? [],
    only: Boolean(getOptionValue('--test-only')),
    // Of the files; of their tests where they run in this process.
    timeout: getOptionValue('--test') ? undefined : getOptionValue('--test-timeout') || undefined,
    randomSeed: require('internal/test_runner/shuffle').seedOfFlags(getOptionValue),
    // With --test these are the affair of who starts the files.
    rerunFile: getOptionValue('--test') ? undefined : getOptionValue('--test-rerun-failures'),
    globalSetup: getOptionValue('--test') ? undefined : getOptionValue('--test-global-setup'),
    forceExit: Boolean(getOptionValue('--test-force-exit')),
  };
}

module.exports = { ofProcess, parseShard, tagFilters, toRegExp };
