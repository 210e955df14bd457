'use strict';
// histogram.qrde(): the density of a histogram's values between quantiles. Quantiles are Harrell and Davis' and are estimated off the
// loop's thread (src/observe/density.rs).

const {
  codes: { ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE },
} = require('internal/errors');
const {
  validateArray, validateBoolean, validateInteger, validateNumber, validateObject, validateOneOf,
} = require('internal/validators');

const native = internalBinding('histogram');

const MOST_BINS = 1000;
const MODES = ['none', 'hdr', 'all'];

function checkProbabilities(list) {
  const name = 'options.probabilities';
  validateArray(list, name);
  if (list.length < 2) throw new ERR_INVALID_ARG_VALUE(name, list, 'must have a length of at least 2');
  if (list.length > MOST_BINS + 1) throw new ERR_OUT_OF_RANGE(`${name}.length`, `>= 2 && <= ${MOST_BINS + 1}`, list.length);
  for (const [i, probability] of list.entries()) {
    validateNumber(probability, `${name}[${i}]`, 0, 1);
    if (i > 0 && probability <= list[i - 1]) throw new ERR_INVALID_ARG_VALUE(name, list, 'must be strictly increasing');
  }
  if (list[0] !== 0 || list.at(-1) !== 1) throw new ERR_INVALID_ARG_VALUE(name, list, 'must start with 0 and end with 1');
}

// `cache` keeps what Node makes of the counters first; here that takes less time than to find out whether it still holds.
function densityOptions(options) {
  validateObject(options, 'options');
  const { bins, probabilities, dequantize = 'hdr', cache = false } = options;
  if (bins !== undefined && probabilities !== undefined) {
    throw new ERR_INVALID_ARG_VALUE('options', options, '"bins" and "probabilities" are mutually exclusive');
  }
  validateOneOf(dequantize, 'options.dequantize', MODES);
  validateBoolean(cache, 'options.cache');
  if (probabilities !== undefined) {
    checkProbabilities(probabilities);
    return { probabilities: Float64Array.from(probabilities), dequantize };
  }
  if (bins !== undefined) validateInteger(bins, 'options.bins', 1, MOST_BINS);
  const count = bins ?? 100;
  return { probabilities: Float64Array.from({ length: count + 1 }, (_, i) => i / count), dequantize };
}

function densityOf(id, probabilities, dequantize) {
  return new Promise((resolve, reject) => {
    native.quantiles(id, probabilities, MODES.indexOf(dequantize), (error, list) => {
      if (error) return reject(error);
      const [count, bucketCount, corrections, ...found] = list;
      const quantiles = Float64Array.from(found);
      const densities = new Float64Array(Math.max(0, quantiles.length - 1));
      for (let i = 0; i < densities.length; i++) {
        densities[i] = (probabilities[i + 1] - probabilities[i]) / (quantiles[i + 1] - quantiles[i]);
      }
      resolve({
        __proto__: null, probabilities, quantiles, densities, count: BigInt(count), bucketCount, corrections, dequantize,
      });
    });
  });
}

module.exports = { densityOf, densityOptions };
