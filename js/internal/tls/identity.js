'use strict';

// Whether a certificate is one of the host that was asked for: RFC 6125 and RFC 9525 as tls.checkServerIdentity() follows them.

const net = require('net');
const { codes: { ERR_TLS_CERT_ALTNAME_FORMAT, ERR_TLS_CERT_ALTNAME_INVALID } } = require('internal/errors');

// undefined, or the error that says why not.
function checkServerIdentity(hostname, cert) {
  const { subject, subjectaltname: altNames } = cert;
  const host = withoutDot(`${hostname}`);
  const names = [];
  const addresses = [];
  if (altNames) {
    const parts = altNames.includes('"') ? splitQuoted(altNames) : altNames.split(', ');
    for (const part of parts) {
      if (part.startsWith('DNS:')) names.push(part.slice(4));
      else if (part.startsWith('IP Address:')) addresses.push(canonicalAddress(part.slice(11)));
    }
  }
  let isValid = false;
  let reason = 'Unknown reason';
  if (net.isIP(host)) {
    isValid = addresses.includes(canonicalAddress(host));
    if (!isValid) reason = `IP: ${host} is not in the cert's list: ${addresses.join(', ')}`;
  } else if (names.length > 0 || subject?.CN) {
    const labels = asciiLabelsOf(host);
    if (names.length > 0) {
      isValid = names.some((pattern) => matches(labels, pattern, true));
      if (!isValid) reason = `Host: ${host}. is not in the cert's altnames: ${altNames}`;
    } else {
      // The common name counts only where there are no alternative ones.
      const { CN: common } = subject;
      isValid = Array.isArray(common) ? common.some((pattern) => matches(labels, pattern, true)) : matches(labels, common, true);
      if (!isValid) reason = `Host: ${host}. is not cert's CN: ${common}`;
    }
  } else {
    reason = 'Cert does not contain a DNS name';
  }
  return isValid ? undefined : new ERR_TLS_CERT_ALTNAME_INVALID(reason, host, cert);
}

function withoutDot(host) {
  return host.replace(/[.]$/, '');
}

// What the labels of the host that was asked for are compared as.
function asciiLabelsOf(host) {
  const { domainToASCII } = require('url');
  return labelsOf(domainToASCII(host) || host);
}

function labelsOf(host) {
  return withoutDot(host).replace(/[A-Z]/g, (letter) => letter.toLowerCase()).split('.');
}

// The one way to write an address that compares with others.
function canonicalAddress(address) {
  if (!net.isIPv6(address)) return net.isIPv4(address) ? address : '';
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

// The list of names where some are quoted, as those are that have a comma or a quote in them.
function splitQuoted(altNames) {
  const parts = [];
  let part = '';
  let at = 0;
  while (at < altNames.length) {
    const comma = altNames.indexOf(', ', at);
    const quote = altNames.indexOf('"', at);
    if (quote !== -1 && (comma === -1 || quote < comma)) {
      part += altNames.slice(at, quote);
      // A JSON string.
      const text = /^"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/.exec(altNames.slice(quote));
      if (text === null) throw new ERR_TLS_CERT_ALTNAME_FORMAT();
      part += JSON.parse(text[0]);
      at = quote + text[0].length;
    } else if (comma !== -1) {
      parts.push(part + altNames.slice(at, comma));
      part = '';
      at = comma + 2;
    } else {
      part += altNames.slice(at);
      at = altNames.length;
    }
  }
  parts.push(part);
  return parts;
}

// Whether a name of a certificate, in whose leftmost label a `*` may stand for some letters, is that of the host with `labels`.
function matches(labels, pattern, wildcards) {
  if (!pattern) return false;
  const wanted = labelsOf(pattern);
  if (labels.length !== wanted.length || wanted.includes('')) return false;
  // No letters but those of ASCII: names of others are written in Punycode.
  const isBad = (label) => /[^\u0021-\u007f]/.test(label);
  if (wanted.some(isBad)) return false;
  for (let i = labels.length - 1; i > 0; i--) {
    if (labels[i] !== wanted[i]) return false;
  }
  const [label] = labels;
  const [first] = wanted;
  const parts = first.split('*');
  // A star in a Punycode label is none.
  if (parts.length === 1 || first.includes('xn--')) return label === first;
  if (!wildcards || parts.length > 2 || wanted.length <= 2) return false;
  const [before, after] = parts;
  return before.length + after.length <= label.length && label.startsWith(before) && label.endsWith(after);
}

module.exports = { checkServerIdentity };
