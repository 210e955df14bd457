'use strict';
// util.parseEnv: the text of a .env file as an object (src/cli/dotenv.rs says how it is read).

function parseEnv(content) {
  const words = internalBinding('options').parseEnv(content);
  const result = {};
  for (let i = 0; i < words.length; i += 2) result[words[i]] = words[i + 1];
  return result;
}

module.exports = { parseEnv };
