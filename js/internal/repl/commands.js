'use strict';

// The REPL's commands, which begin with a dot.

const EDITOR_HINT = '// Entering editor mode (Ctrl+D to finish, Ctrl+C to cancel)\n';

function define(server) {
  server.defineCommand('break', {
    help: 'Leave the input that is being typed',
    action() {
      this.clearBufferedCommand();
      this.displayPrompt();
    },
  });

  server.defineCommand('clear', {
    help: server.useGlobal ? 'The same as .break' : 'The same as .break, and make a fresh context',
    action() {
      this.clearBufferedCommand();
      if (!this.useGlobal) {
        this.output.write('Clearing context...\n');
        this.resetContext();
      }
      this.displayPrompt();
    },
  });

  server.defineCommand('exit', {
    help: 'Leave the REPL',
    action() {
      this.close();
    },
  });

  server.defineCommand('help', {
    help: 'Print this',
    action() {
      const names = Object.keys(this.commands).sort();
      const width = Math.max(...names.map((name) => name.length)) + 3;
      for (const name of names) {
        const { help } = this.commands[name];
        this.output.write(help ? `.${name.padEnd(width)}${help}\n` : `.${name}\n`);
      }
      this.output.write('\nPress Ctrl+C to abort current expression, Ctrl+D to exit the REPL\n');
      this.displayPrompt();
    },
  });

  server.defineCommand('save', {
    help: 'Write what was typed so far into a file',
    action(file) {
      if (file === '') {
        fileMissing(this);
        return;
      }
      try {
        require('fs').writeFileSync(file, this.lines.join('\n'));
        this.output.write(`Session saved to: ${file}\n`);
      } catch {
        this.output.write(`Failed to save: ${file}\n`);
      }
      this.displayPrompt();
    },
  });

  server.defineCommand('load', {
    help: 'Type in what a file holds',
    action(file) {
      if (file === '') {
        fileMissing(this);
        return;
      }
      const fs = require('fs');
      let text;
      try {
        if (!fs.statSync(file).isFile()) {
          this.output.write(`Failed to load: ${file} is not a valid file\n`);
          this.displayPrompt();
          return;
        }
        text = fs.readFileSync(file, 'utf8');
      } catch {
        this.output.write(`Failed to load: ${file}\n`);
        this.displayPrompt();
        return;
      }
      this.load(text);
    },
  });

  if (server.terminal) {
    server.defineCommand('editor', {
      help: 'Type several lines before they are run',
      action() {
        this.enterEditor();
        this.output.write(EDITOR_HINT);
      },
    });
  }
}

function fileMissing(server) {
  server.output.write('The "file" argument must be specified\n');
  server.displayPrompt();
}

module.exports = { define };
