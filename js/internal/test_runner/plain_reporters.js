'use strict';
// Reporters of a test run in short and for machines: dot, junit (JUnit's XML).

const { inspectWithNoCustom } = require('internal/test_runner/reporter_text');

const given = (reason) => reason !== undefined && reason !== false;

class DotFormatter {
  constructor(colors) {
    this.colors = colors;
    this.count = 0;
    this.failures = [];
    this.columns = Math.max(process.stdout.columns ?? 20, 20);
  }

  begin() {
    return [];
  }

  event(type, data) {
    if (type !== 'test:pass' && type !== 'test:fail') return [];
    const failed = type === 'test:fail' && !given(data.todo);
    if (failed && data.details.error.failureType !== 'subtestsFailed') this.failures.push(data);
    const { green = '', red = '', reset = '' } = this.colors ?? {};
    const out = [failed ? `${red}X${reset}` : `${green}.${reset}`];
    if (++this.count === this.columns) {
      this.count = 0;
      out.push('\n');
    }
    return out;
  }

  end() {
    const out = ['\n'];
    if (this.failures.length > 0) {
      const SpecFormatter = require('internal/test_runner/spec_reporter');
      const spec = new SpecFormatter(this.colors);
      spec.failures = this.failures;
      out.push(...spec.end());
    }
    return out;
  }
}

function escapeXml(text) {
  // A JUnit file is XML 1.0, which has no way to write most control characters.
  return `${text}`.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

class JunitFormatter {
  constructor() {
    this.root = { children: [], nesting: -1 };
    this.stack = [this.root];
    this.host = undefined;
  }

  begin() {
    return ['<?xml version="1.0" encoding="utf-8"?>\n', '<testsuites>\n'];
  }

  event(type, data) {
    switch (type) {
      case 'test:start': {
        while (this.stack.at(-1).nesting >= data.nesting) this.stack.pop();
        const entry = { name: data.name, nesting: data.nesting, children: [], data: undefined };
        this.stack.at(-1).children.push(entry);
        this.stack.push(entry);
        return [];
      }
      case 'test:pass':
      case 'test:fail': {
        while (this.stack.length > 1 && this.stack.at(-1).nesting > data.nesting) this.stack.pop();
        let entry = this.stack.at(-1);
        if (entry.nesting !== data.nesting || entry.name !== data.name) {
          entry = { name: data.name, nesting: data.nesting, children: [], data: undefined };
          this.stack.at(-1).children?.push(entry);
        } else {
          this.stack.pop();
        }
        entry.data = data;
        if (data.nesting > 0) return [];
        this.root.children = [];
        return [this.element(entry)];
      }
      case 'test:diagnostic': {
        const entry = this.stack.at(-1);
        const text = `<!-- ${data.message.replaceAll('--', '&#45;&#45;')} -->\n`;
        if (data.nesting === 0 || entry === this.root) return [`\t${text}`];
        (entry.comments ??= []).push(text);
        return [];
      }
      default:
        return [];
    }
  }

  element(entry) {
    const { data, name, nesting } = entry;
    const indent = '\t'.repeat(nesting + 1);
    const seconds = (data.details.duration_ms / 1000).toFixed(6);
    if (entry.children.length > 0 || data.details.type === 'suite') {
      const failed = entry.children.filter((child) => child.data?.details.error !== undefined).length;
      const skipped = entry.children.filter((child) => given(child.data?.skip)).length;
      this.host ??= require('os').hostname();
      return `${indent}<testsuite name="${escapeXml(name)}" time="${seconds}" disabled="0" errors="0" ` +
        `tests="${entry.children.length}" failures="${failed}" skipped="${skipped}" ` +
        `hostname="${escapeXml(this.host)}">\n` +
        entry.children.filter((child) => child.data !== undefined).map((child) => this.element(child)).join('') +
        (entry.comments ?? []).map((comment) => `${indent}\t${comment}`).join('') + `${indent}</testsuite>\n`;
    }
    let text = `${indent}<testcase name="${escapeXml(name)}" time="${seconds}" classname="test"`;
    if (data.file !== undefined) text += ` file="${escapeXml(data.file)}"`;
    const { error } = data.details;
    const inside = [];
    for (const [type, reason] of [['skipped', data.skip], ['todo', data.todo]]) {
      if (!given(reason)) continue;
      const message = typeof reason === 'string' ? ` message="${escapeXml(reason)}"` : '';
      inside.push(`<skipped type="${type}"${message}/>`);
    }
    if (error !== undefined && inside.length === 0) {
      const cause = error.cause ?? error;
      const message = escapeXml(cause.message ?? cause);
      text += ` failure="${message}"`;
      const body = typeof cause === 'string' ? cause : inspectWithNoCustom(cause);
      inside.push(`<failure type="${escapeXml(error.failureType ?? error.code)}" message="${message}">\n` +
        `${escapeXml(body).replaceAll('&#10;', '\n')}\n${indent}\t</failure>`);
    }
    for (const comment of entry.comments ?? []) inside.push(comment.trimEnd());
    if (inside.length === 0) return `${text}/>\n`;
    return `${text}>\n${inside.map((each) => `${indent}\t${each}\n`).join('')}${indent}</testcase>\n`;
  }

  end() {
    return ['</testsuites>\n'];
  }
}

module.exports = { DotFormatter, JunitFormatter };
