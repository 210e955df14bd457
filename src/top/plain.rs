//! Looks at a process one below the other, for a file or a pipe.

use std::io::Write as _;

use super::TopError;
use super::connection::Connection;
use super::options::Options;
use super::rows::{self, LOOP_HEAD, POOL_HEAD};
use crate::observe::monitor::figures::Snapshot;

/// Until the process, or whoever reads, has gone; or once.
pub(super) fn show(connection: &mut Connection, options: &Options) -> Result<(), TopError> {
    // Figures are those of an interval, which begins here.
    connection.ask()?;
    loop {
        std::thread::sleep(options.interval);
        let snapshot = match connection.ask() {
            Err(TopError::Gone(_)) if !options.once => return Ok(()),
            other => other?,
        };
        let text = if options.json {
            format!("{}\n", serde_json::to_string(&snapshot).map_err(std::io::Error::from)?)
        } else {
            text(&snapshot, options.threshold)
        };
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            other => other?,
        }
        if options.once {
            return Ok(());
        }
    }
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut all = vec![head.map(str::to_owned)];
    all.extend(rows);
    let widths: [usize; N] =
        std::array::from_fn(|at| all.iter().map(|row| row[at].chars().count()).max().unwrap_or_default());
    let line = |row: &[String; N]| {
        let cell = |(at, cell): (usize, &String)| {
            let width = widths[at];
            if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        };
        format!("{}\n", row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end())
    };
    all.iter().map(line).collect()
}

fn text(snapshot: &Snapshot, threshold: f64) -> String {
    let mut text = format!("{}\n\n", rows::head(snapshot));
    text.push_str(&table(LOOP_HEAD, rows::loops(snapshot, threshold).into_iter().map(|row| row.1)));
    if !snapshot.pools.is_empty() {
        text.push('\n');
        text.push_str(&table(POOL_HEAD, rows::pools(snapshot).into_iter().map(|row| row.1)));
    }
    if !snapshot.slow.is_empty() {
        text.push('\n');
    }
    for report in &snapshot.slow {
        if snapshot.slow.iter().any(|turn| rows::outdates(turn, report)) {
            continue;
        }
        text.push_str(&format!("{}\n", rows::slow(report)));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let text = text(&rows::tests::example(), 50.0);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[3].starts_with("loop         util  busy for"), "{text}");
        assert!(lines[4].starts_with("main thread   95%      81.5"), "{text}");
        assert!(text.contains("\npool  threads  running") && text.contains("\n3         2/2"), "{text}");
        assert!(text.contains("at spin (/srv/a.js:3:7)"), "{text}");
    }
}
