//! A small HTTP/1.1 client on one kept-alive connection: to set servers up, and to load them without being the bottleneck.
//! It trusts its peer to be a server on loopback that we started.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustix::net::{RecvFlags, recv};

/// A buffer large enough that the drain of a big body costs few system calls.
const BUFFER: usize = 1 << 20;

/// One connection to a server on loopback.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    port: u16,
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self {
            reader: BufReader::with_capacity(BUFFER, stream),
            port,
        })
    }

    /// Sends a request with a body of known length and reads the whole answer.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer> {
        self.write(method, path, headers, body)?;
        let mut answer = self.read_head()?;
        let mut content = vec![];
        if method != "HEAD" {
            self.read_body(&answer, |bytes| content.extend_from_slice(bytes))?;
        }
        answer.body = content;
        Ok(answer)
    }

    /// Gets a resource and throws its bytes away; answers how many there were. Anything but 200 is an error.
    pub(crate) fn drain(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<u64> {
        self.write("GET", path, headers, b"")?;
        let answer = self.read_head()?;
        if answer.status != 200 {
            bail!("GET {path}: {}", answer.status);
        }
        let length = answer
            .header("content-length")
            .context("an answer without a length")?
            .parse()?;
        let buffered = self.reader.buffer().len() as u64;
        self.take_bytes(buffered.min(length), &mut |_| ())?;
        self.discard(length.saturating_sub(buffered))?;
        Ok(length)
    }

    /// Has the system throw away the next bytes of the connection (tcp(7), `MSG_TRUNC`).
    fn discard(&mut self, mut left: u64) -> Result<()> {
        let mut space = vec![0; BUFFER];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            let (space, _) = space.split_at_mut(most);
            let (_, dropped) = recv(self.reader.get_ref(), space, RecvFlags::TRUNC)?;
            if dropped == 0 {
                bail!("the connection ended {left} bytes early");
            }
            left -= dropped as u64;
        }
        Ok(())
    }

    fn write(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<()> {
        let head = request_head(self.port, method, path, headers, body.len());
        let stream = self.reader.get_mut();
        if body.len() <= 64 * 1024 {
            // one packet: who sends head and body apart measures the delay of TCP's acknowledgements
            stream.write_all(&[head.as_bytes(), body].concat())?;
        } else {
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
        }
        Ok(())
    }

    fn read_head(&mut self) -> Result<Answer> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.with_context(|| format!("not an HTTP answer: {first}"))?;
        let mut headers = vec![];
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                None => {
                    return Ok(Answer {
                        status,
                        headers,
                        body: vec![],
                    });
                }
            }
        }
    }

    fn read_body(&mut self, head: &Answer, mut take: impl FnMut(&[u8])) -> Result<()> {
        if head.status == 204 || head.status == 304 {
            return Ok(());
        }
        if head
            .header("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        {
            loop {
                let size = u64::from_str_radix(
                    self.line()?.split(';').next().unwrap_or_default().trim(),
                    16,
                )?;
                self.take_bytes(size, &mut take)?;
                self.line()?;
                if size == 0 {
                    return Ok(());
                }
            }
        }
        let length = head
            .header("content-length")
            .context("an answer without a length")?
            .parse()?;
        self.take_bytes(length, &mut take)
    }

    fn take_bytes(&mut self, mut left: u64, take: &mut impl FnMut(&[u8])) -> Result<()> {
        while left > 0 {
            let bytes = self.reader.fill_buf()?;
            if bytes.is_empty() {
                bail!("the connection ended {left} bytes early");
            }
            let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            take(bytes.get(..count).unwrap_or(bytes));
            self.reader.consume(count);
            left -= count as u64;
        }
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.reader.by_ref().take(64 * 1024).read_line(&mut line)?;
        if !line.ends_with('\n') {
            bail!("the connection ended in the middle of an answer");
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Answer {
    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The path and query that `Location` leads to.
    pub(crate) fn location(&self) -> Result<String> {
        let location = self
            .header("location")
            .with_context(|| format!("{} without Location", self.status))?;
        let path = location.split_once("://").map_or(location, |(_, rest)| {
            rest.find('/').map_or("/", |at| &rest[at..])
        });
        Ok(path.to_owned())
    }

    /// The answer, if it has this status; otherwise an error that shows what the server said.
    pub(crate) fn expect(self, status: u16, what: &str) -> Result<Self> {
        if self.status != status {
            bail!(
                "{what}: {} instead of {status}: {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            );
        }
        Ok(self)
    }
}

/// The head of a request, as it goes over the wire.
pub(crate) fn request_head(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    length: usize,
) -> String {
    let length = if length > 0 || matches!(method, "POST" | "PUT" | "PATCH") {
        format!("Content-Length: {length}\r\n")
    } else {
        String::new()
    };
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{length}{}\r\n",
        headers.concat()
    )
}
