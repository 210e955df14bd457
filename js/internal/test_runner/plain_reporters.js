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
    const failed = type === 'test:fail';
    if (failed) this.failures.push(data);
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
      out.push(`\n${this.colors?.red ?? ''}Failed tests:${this.colors?.reset ?? ''}\n\n`);
      for (const data of this.failures) out.push(spec.failure(data));
    }
    return out;
  }
}

// A JUnit file is XML 1.0, which has no way to write most control characters.
function escapeText(text) {
  return `${text}`.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

// What stands between quotation marks.
function escapeXml(text) {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
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
        const entry = {
          name: data.name, nesting: data.nesting, children: [], data: undefined, begun: new Date().toISOString(),
        };
        this.stack.at(-1).children.push(entry);
        this.stack.push(entry);
        return [];
      }
      case 'test:pass':
      case 'test:fail': {
        while (this.stack.length > 1 && this.stack.at(-1).nesting > data.nesting) this.stack.pop();
        let entry = this.stack.at(-1);
        if (entry.nesting !== data.nesting || entry.name !== data.name) {
          entry = {
            name: data.name, nesting: data.nesting, children: [], data: undefined, begun: new Date().toISOString(),
          };
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
    if (entry.children.length > 0) {
      const failed = entry.children.filter((child) => child.data?.details.error !== undefined).length;
      const skipped = entry.children.filter((child) => given(child.data?.skip) || given(child.data?.todo)).length;
      this.host ??= require('os').hostname();
      return `${indent}<testsuite name="${escapeXml(name)}" time="${seconds}" disabled="0" errors="0" ` +
        `tests="${entry.children.length}" failures="${failed}" skipped="${skipped}" ` +
        `timestamp="${entry.begun}" hostname="${escapeXml(this.host)}">\n` +
        entry.children.filter((child) => child.data !== undefined).map((child) => this.element(child)).join('') +
        (entry.comments ?? []).map((comment) => `${indent}\t${comment}`).join('') + `${indent}</testsuite>\n`;
    }
    let text = `${indent}<testcase name="${escapeXml(name)}" time="${seconds}" classname="${escapeXml(data.classname ?? 'test')}"`;
    if (data.file !== undefined) text += ` file="${escapeXml(data.file)}"`;
    const { error } = data.details;
    const inside = [];
    for (const [type, reason] of [['skipped', data.skip], ['todo', data.todo]]) {
      if (!given(reason)) continue;
      inside.push(`<skipped type="${type}" message="${escapeXml(reason)}"/>`);
    }
    if (error !== undefined) {
      const message = `${error.cause?.message ?? error.message}`;
      text += ` failure="${escapeXml(message)}"`;
      inside.push(`<failure type="${escapeXml(error.failureType ?? error.code)}" message="${escapeXml(message.trimEnd())}">\n` +
        `${escapeText(inspectWithNoCustom(error))}\n${indent}\t</failure>`);
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
