'use strict';
// url.resolve: a legacy Url seen from another one, as a browser would follow an
// anchor's href. Four cases, by how much the relative URL says itself: another
// scheme, another authority, a path, or only a query or fragment.

const { Url, hostless, slashed } = require('internal/url/legacy');

const kUnset = '';

function setPath(url) {
  if (url.pathname !== null || url.search !== null) {
    url.path = (url.pathname || '') + (url.search || '');
  }
}

function finish(url) {
  url.href = url.format();
  return url;
}

function takeQuery(target, source) {
  target.search = source.search;
  target.query = source.query;
}

// Same scheme or none, but a host of its own: //host/path
function resolveAuthority(result, relative) {
  for (const key of Object.keys(relative)) {
    if (key !== 'protocol') result[key] = relative[key];
  }
  if (slashed.has(result.protocol) && result.hostname && !result.pathname) {
    result.path = '/';
    result.pathname = '/';
  }
  return finish(result);
}

function resolveScheme(result, relative) {
  if (!slashed.has(relative.protocol)) {
    for (const key of Object.keys(relative)) result[key] = relative[key];
    return finish(result);
  }

  result.protocol = relative.protocol;
  const isFile = relative.protocol === 'file:' || relative.protocol === 'file';
  if (!relative.host && !isFile && !hostless.has(relative.protocol)) {
    // http:host/path: the first part that is not empty is the host after all.
    const parts = (relative.pathname || '').split('/');
    while (parts.length > 0) {
      relative.host = parts.shift();
      if (relative.host) break;
    }
    relative.host ||= '';
    relative.hostname ||= '';
    if (parts[0] !== '') parts.unshift('');
    if (parts.length < 2) parts.unshift('');
    result.pathname = parts.join('/');
  } else {
    result.pathname = relative.pathname;
  }
  takeQuery(result, relative);
  result.host = relative.host || '';
  result.auth = relative.auth;
  result.hostname = relative.hostname || relative.host;
  result.port = relative.port;
  if (result.pathname || result.search) {
    result.path = (result.pathname || '') + (result.search || '');
  }
  result.slashes ||= relative.slashes;
  return finish(result);
}

// Where a scheme has no slashes (mailto:a@b), the host is the path's first part
// while dots are resolved. These move it in and out.
function hostIntoPath(host, parts) {
  if (!host) return;
  if (parts[0] === '') parts[0] = host;
  else parts.unshift(host);
}

function hostOutOfPath(result, host) {
  result.host = host;
  result.hostname = host;
  if (host && host.indexOf('@') > 0) {
    const pieces = host.split('@');
    result.auth = pieces[0];
    result.host = pieces[1];
    result.hostname = pieces[1];
  }
}

function isRooted(part) {
  return part === '' || (part !== undefined && part[0] === '/');
}

// Takes `.` and `..` out of parts; returns how many `..` found nothing to leave.
function removeDots(parts) {
  let up = 0;
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] === '.') {
      parts.splice(i, 1);
    } else if (parts[i] === '..') {
      parts.splice(i, 1);
      up++;
    } else if (up > 0) {
      parts.splice(i, 1);
      up--;
    }
  }
  return up;
}

function takeHostOf(result, relative) {
  if (relative.host || relative.host === '') {
    if (result.host !== relative.host) result.auth = null;
    result.host = relative.host;
    result.port = relative.port;
  }
  if (relative.hostname || relative.hostname === '') {
    if (result.hostname !== relative.hostname) result.auth = null;
    result.hostname = relative.hostname;
  }
}

function resolvePath(result, relative) {
  const sourceRooted = result.pathname ? result.pathname[0] === '/' : false;
  const relativeRooted = Boolean(relative.host || (relative.pathname && relative.pathname[0] === '/'));
  let mustBeRooted = relativeRooted || sourceRooted || Boolean(result.host && relative.pathname);
  const dropDots = mustBeRooted;
  const withoutSlashes = Boolean(result.protocol && !slashed.has(result.protocol));
  let parts = result.pathname ? result.pathname.split('/') : [];
  const added = relative.pathname ? relative.pathname.split('/') : [];

  if (withoutSlashes) {
    result.hostname = kUnset;
    result.port = null;
    hostIntoPath(result.host, parts);
    result.host = kUnset;
    if (relative.protocol) {
      relative.hostname = null;
      relative.port = null;
      result.auth = null;
      hostIntoPath(relative.host, added);
      relative.host = null;
    }
    mustBeRooted = mustBeRooted && (added[0] === '' || parts[0] === '');
  }

  if (relativeRooted) {
    takeHostOf(result, relative);
    takeQuery(result, relative);
    parts = added;
  } else if (added.length > 0) {
    // The source's last part is its file; the rest is the folder to start from.
    parts.pop();
    parts.push(...added);
    takeQuery(result, relative);
  } else if (relative.search !== null && relative.search !== undefined) {
    if (withoutSlashes) hostOutOfPath(result, parts.shift());
    takeQuery(result, relative);
    setPath(result);
    return finish(result);
  }

  if (parts.length === 0) {
    result.pathname = null;
    result.path = result.search ? `/${result.search}` : null;
    return finish(result);
  }

  const last = parts.at(-1);
  const endsInSlash = last === '' ||
    ((result.host || relative.host || parts.length > 1) && (last === '.' || last === '..'));

  const up = removeDots(parts);
  if (!mustBeRooted && !dropDots) {
    for (let i = 0; i < up; i++) parts.unshift('..');
  }
  if (mustBeRooted && !isRooted(parts[0])) parts.unshift('');
  if (endsInSlash && parts.join('/').at(-1) !== '/') parts.push('');

  const rooted = isRooted(parts[0]);
  if (withoutSlashes) {
    let host = '';
    if (!rooted && parts.length > 0) host = parts.shift();
    hostOutOfPath(result, host);
  }
  mustBeRooted ||= Boolean(result.host && parts.length > 0);
  if (mustBeRooted && !rooted) parts.unshift('');

  if (parts.length === 0) {
    result.pathname = null;
    result.path = null;
  } else {
    result.pathname = parts.join('/');
  }
  setPath(result);
  result.auth = relative.auth || result.auth;
  result.slashes ||= relative.slashes;
  return finish(result);
}

function resolve(source, relative) {
  const result = new Url();
  for (const key of Object.keys(source)) result[key] = source[key];
  // Even an empty relative URL takes the fragment away.
  result.hash = relative.hash;

  if (relative.href === '') return finish(result);
  if (relative.slashes && !relative.protocol) return resolveAuthority(result, relative);
  if (relative.protocol && relative.protocol !== result.protocol) {
    return resolveScheme(result, relative);
  }
  return resolvePath(result, relative);
}

module.exports = { resolve };
