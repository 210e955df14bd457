//! A live view in a terminal.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Alignment, Constraint, Layout};
use ratatui::style::{Color, Style, Stylize as _};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Paragraph, Row, Table};
use ratatui::{DefaultTerminal, Frame};
use serde_json::Value;

use super::TopError;
use super::connection::Connection;
use super::options::Options;
use super::rows::{self, LOOP_HEAD, Mood, POOL_HEAD};
use crate::observe::monitor::figures::Snapshot;

/// Slow turns that are kept to be shown.
const MOST_SLOW: usize = 200;

/// What is on the screen.
struct View {
    snapshot: Snapshot,
    /// The youngest first.
    slow: VecDeque<Value>,
    paused: bool,
    threshold: f64,
}

/// What a key asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Nothing,
    Quit,
    Pause,
}

fn wish(key: KeyEvent) -> Wish {
    match key.code {
        _ if key.kind == KeyEventKind::Release => Wish::Nothing,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Wish::Quit,
        KeyCode::Char('q') | KeyCode::Esc => Wish::Quit,
        KeyCode::Char('p' | ' ') => Wish::Pause,
        _ => Wish::Nothing,
    }
}

impl View {
    fn take(&mut self, snapshot: Snapshot) {
        for report in &snapshot.slow {
            if self.slow.iter().any(|turn| rows::outdates(turn, report)) {
                continue;
            }
            self.slow.retain(|other| !rows::outdates(report, other));
            self.slow.push_front(report.clone());
        }
        self.slow.truncate(MOST_SLOW);
        self.snapshot = snapshot;
    }

    fn draw(&self, frame: &mut Frame) {
        let loops = rows::loops(&self.snapshot, self.threshold);
        let pools = rows::pools(&self.snapshot);
        let height = |rows: usize| Constraint::Max(u16::try_from(rows + 2).unwrap_or(u16::MAX));
        let pools_height = if pools.is_empty() { Constraint::Length(0) } else { height(pools.len()) };
        let parts = [Constraint::Length(2), height(loops.len()), pools_height, Constraint::Min(3)];
        let [head, first, second, third] = Layout::vertical(parts).areas(frame.area());
        frame.render_widget(Paragraph::new(rows::head(&self.snapshot)), head);
        let keys = if self.paused { "paused; p goes on, q ends" } else { "p pauses, q ends" };
        frame.render_widget(Paragraph::new(Line::from(keys).dark_gray()).alignment(Alignment::Right), head);
        let widths = [24, 5, 8, 7, 7, 7, 8, 7, 7, 13, 20].map(Constraint::Max);
        frame.render_widget(table(" loops ", LOOP_HEAD, loops, widths), first);
        if !pools.is_empty() {
            frame.render_widget(table(" pools ", POOL_HEAD, pools, [24, 8, 8, 8, 10].map(Constraint::Max)), second);
        }
        let title = format!(" turns of {} ms or more ", self.threshold);
        let lines: Vec<Line> = self.slow.iter().map(|report| Line::from(rows::slow(report))).collect();
        frame.render_widget(Paragraph::new(lines).block(section(title)), third);
    }
}

fn section<'a>(title: impl Into<Line<'a>>) -> Block<'a> {
    Block::new().borders(Borders::TOP).title(title).border_style(Style::new().fg(Color::DarkGray))
}

fn table<'a, const N: usize>(
    title: &'a str,
    head: [&'a str; N],
    rows: Vec<(Mood, [String; N])>,
    widths: [Constraint; N],
) -> Table<'a> {
    let rows = rows.into_iter().map(|(mood, cells)| {
        let style = match mood {
            Mood::Calm => Style::new(),
            Mood::Busy => Style::new().yellow(),
            Mood::Stuck => Style::new().red().bold(),
        };
        Row::new(cells).style(style)
    });
    Table::new(rows, widths).header(Row::new(head).dark_gray()).block(section(title)).column_spacing(1)
}

/// Until the user has seen enough, or the process has gone.
pub(super) fn show(connection: &mut Connection, options: &Options) -> Result<(), TopError> {
    let snapshot = connection.ask()?;
    let mut view = View { snapshot, slow: VecDeque::new(), paused: false, threshold: options.threshold };
    let mut terminal = ratatui::try_init()?;
    let ended = run(&mut terminal, connection, &mut view, options.interval);
    // Also where something failed: what is said of that is to be legible.
    ratatui::try_restore()?;
    ended
}

fn run(
    terminal: &mut DefaultTerminal,
    connection: &mut Connection,
    view: &mut View,
    interval: Duration,
) -> Result<(), TopError> {
    let mut next = Instant::now() + interval.min(Duration::from_millis(200));
    loop {
        terminal.draw(|frame| view.draw(frame))?;
        // Until there is something new to draw.
        loop {
            if event::poll(next.saturating_duration_since(Instant::now()))? {
                match event::read()? {
                    Event::Key(key) => match wish(key) {
                        Wish::Quit => return Ok(()),
                        Wish::Pause => view.paused = !view.paused,
                        Wish::Nothing => continue,
                    },
                    Event::Resize(..) => {}
                    _ => continue,
                }
                break;
            }
            next = Instant::now() + interval;
            // What happens meanwhile is in the figures that come after a pause.
            if !view.paused {
                view.take(connection.ask()?);
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn screen(view: &View, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a screen");
        terminal.draw(|frame| view.draw(frame)).expect("a picture");
        let buffer = terminal.backend().buffer().clone();
        let lines = buffer.content.chunks(width.into());
        lines.map(|line| line.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
    }

    #[test]
    fn screen_has_loops_pools_and_slow_turns() {
        let snapshot = rows::tests::example();
        let mut view = View { snapshot: snapshot.clone(), slow: VecDeque::new(), paused: false, threshold: 50.0 };
        view.take(snapshot);
        let text = screen(&view, 130, 24);
        for part in ["process 12", "main thread", "95%", "5.1/7.0", "31", "at spin (/srv/a.js:3:7)", "p pauses"] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
        view.paused = true;
        assert!(screen(&view, 130, 24).contains("paused; p goes on"));
        // However small the window.
        screen(&view, 1, 1);
    }

    #[test]
    fn keys_have_their_wishes() {
        let key = |code, modifiers| wish(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Wish::Quit);
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Wish::Quit);
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), Wish::Nothing);
        assert_eq!(key(KeyCode::Char('p'), KeyModifiers::NONE), Wish::Pause);
    }
}
