//! Starting programs, and ending them again whatever happens.
//!
//! Every program runs in a process group of its own. The group is ended when the guard is dropped (also on an error or a
//! panic) and when this program is told to stop by a signal, so that no daemon outlives a test run.

use std::{
    collections::BTreeSet,
    env,
    fs::File,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio, exit},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// How long a program may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// The process groups that run now, by the id of their leader.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Ends every child when this program is interrupted or terminated.
///
/// # Panics
/// When the handler cannot be installed, which happens only if it was installed before.
pub(crate) fn end_children_on_signal() {
    ctrlc::set_handler(|| {
        let groups: Vec<i32> = GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .copied()
            .collect();
        for group in &groups {
            signal(*group, Signal::TERM);
        }
        thread::sleep(Duration::from_millis(500));
        for group in &groups {
            signal(*group, Signal::KILL);
        }
        eprintln!("xtask: interrupted");
        exit(130);
    })
    .expect("no other handler is installed");
}

/// A program that was started; ended with all its children when dropped.
pub(crate) struct Running {
    child: Child,
    name: String,
}

impl Running {
    /// Starts a program with nothing on its standard input.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = describe(command);
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{name}`"))?;
        let running = Self { child, name };
        GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(running.group());
        Ok(running)
    }

    /// The same, with everything it says written to a file.
    pub(crate) fn start_logged(command: &mut Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        Self::start(command.stdout(file.try_clone()?).stderr(file))
    }

    /// The program's process id, which is its group's as well.
    pub(crate) fn group(&self) -> i32 {
        // Linux process ids are below 2²²
        i32::try_from(self.child.id()).unwrap_or(i32::MAX)
    }

    /// Waits for the end of the program.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        self.child
            .wait()
            .with_context(|| format!("cannot wait for `{}`", self.name))
    }

    /// Whether it has ended, and how.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("cannot wait for `{}`", self.name))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let group = self.group();
        if matches!(self.child.try_wait(), Ok(None)) {
            signal(group, Signal::TERM);
            let deadline = Instant::now() + GRACE;
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(20));
            }
        }
        // Whoever is left in the group: it ignored the request, or its leader left it behind.
        signal(group, Signal::KILL);
        drop(self.child.wait());
        GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&group);
    }
}

fn signal(group: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(group) {
        // It may have ended just now.
        let _ = kill_process_group(pid, signal);
    }
}

/// Runs a program to its end, with its output on ours; an unsuccessful end is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = Running::start(command)?.wait()?;
    if !status.success() {
        bail!("`{name}` ended with {status}");
    }
    Ok(())
}

/// Runs a program to its end, whether it succeeds or not, and answers what it printed on both outputs.
pub(crate) fn output(command: &mut Command) -> Result<(ExitStatus, String)> {
    let log = tempfile::NamedTempFile::new()?;
    let status = Running::start_logged(command, log.path())?.wait()?;
    Ok((
        status,
        String::from_utf8_lossy(&std::fs::read(log.path())?).into_owned(),
    ))
}

/// Runs a program to its end, shows its standard output as it comes and answers it too; its errors go to ours.
pub(crate) fn tee(command: &mut Command) -> Result<(bool, String)> {
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    let mut text = String::new();
    if let Some(out) = running.child.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            eprintln!("{line}");
            text.push_str(&line);
            text.push('\n');
        }
    }
    Ok((running.wait()?.success(), text))
}

/// Runs a program to its end and answers what it printed; an unsuccessful end is an error that shows it.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let (status, text) = output(command)?;
    if !status.success() {
        bail!("`{name}` ended with {status}:\n{}", text.trim_end());
    }
    Ok(text)
}

/// Where a program is found, if it is installed. Debian keeps daemons in `sbin`, which is not on everybody's path.
#[expect(clippy::disallowed_methods, reason = "PATH is how programs are found")]
pub(crate) fn which(program: &str) -> Option<std::path::PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    which(program).is_some()
}

/// Whether we may install packages, mount file systems and start daemons.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The program and the first of its arguments: enough to recognise it, without secrets that may follow.
fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .take(4)
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_group_survives_its_guard() {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let script = "sleep 600 & echo $!; wait";
        let mut shell = Command::new("sh");
        let mut running = Running::start_logged(shell.args(["-c", script]), &said).unwrap();
        let grandchild = loop {
            let text = std::fs::read_to_string(&said).unwrap();
            if let Ok(pid) = text.trim().parse::<i32>() {
                break pid;
            }
            assert!(running.ended().unwrap().is_none());
            thread::yield_now();
        };
        drop(running);
        // The orphan is gone, or waits for whoever adopted it to notice.
        let stat = format!("/proc/{grandchild}/stat");
        let lives = || std::fs::read_to_string(&stat).is_ok_and(|status| !status.contains(") Z"));
        let deadline = Instant::now() + GRACE;
        while lives() {
            assert!(Instant::now() < deadline, "it still runs");
            thread::yield_now();
        }
    }

    #[test]
    fn an_unsuccessful_end_is_an_error_that_shows_the_output() {
        let error = capture(Command::new("sh").args(["-c", "echo reason; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("reason"), "{error}");
        assert!(run(&mut Command::new("/no/such/program")).is_err());
        assert_eq!(
            tee(Command::new("sh").args(["-c", "echo a; exit 1"])).unwrap(),
            (false, "a\n".to_owned())
        );
    }
}
