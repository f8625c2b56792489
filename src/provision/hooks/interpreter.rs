//! The interpreter that a script's first line names.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// As much of a file as the kernel looks at (`BINPRM_BUF_SIZE`, since Linux 5.1).
const LOOKED_AT: u64 = 256;

/// The interpreter that a file's first line names after `#!`; none where the file is no script.
///
/// # Errors
/// The file can't be read.
pub fn of(file: &Path) -> io::Result<Option<PathBuf>> {
    let mut begin = Vec::new();
    // Whatever the name leads to, a FIFO too, doesn't keep us waiting.
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(file)?;
    file.take(LOOKED_AT).read_to_end(&mut begin)?;
    Ok(parse(begin))
}

/// The kernel's rule (fs/binfmt_script.c, execve(2)): the first word of the first line, with
/// blanks before and after it, in the first 255 bytes. One that doesn't end there isn't executed.
fn parse(begin: Vec<u8>) -> Option<PathBuf> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let text = begin.strip_prefix(b"#!")?;
    let start = text.iter().position(|byte| !is_blank(byte))?;
    let word = text.get(start..)?;
    let ends = |byte: &u8| is_blank(byte) || matches!(byte, b'\n' | b'\0');
    let length = match word.iter().position(ends) {
        Some(length) => length,
        None if begin.len() as u64 == LOOKED_AT => return None,
        None => word.len(),
    };
    let word = word.get(..length).filter(|word| !word.is_empty())?;
    Some(OsString::from_vec(word.to_vec()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_first_word_after_the_mark() {
        for (text, expected) in [
            ("#!/bin/sh\necho", "/bin/sh"),
            ("#! \t/bin/sh\t -e x\n", "/bin/sh"),
            ("#!/usr/bin/env python3\n", "/usr/bin/env"),
            ("#!/bin/sh", "/bin/sh"),
            ("#!/bin/sh\r\n", "/bin/sh\r"),
            ("#!/bin/sh\0x\n", "/bin/sh"),
        ] {
            assert_eq!(parse(text.into()), Some(expected.into()), "{text:?}");
        }
    }

    #[test]
    fn what_the_kernel_takes_for_no_script_has_none() {
        for text in ["\x7fELF", "", "#", "#!", "#! \n/bin/sh", "#!\n", " #!/bin/sh\n"] {
            assert_eq!(parse(text.into()), None, "{text:?}");
        }
    }

    #[test]
    fn the_kernel_looks_no_further_than_its_buffer() {
        let script = |length: usize| [b"#!/".to_vec(), vec![b'a'; length]].concat();
        let read = |mut begin: Vec<u8>| {
            begin.extend(b"\necho");
            begin.truncate(256);
            parse(begin)
        };
        assert!(read(script(252)).is_some());
        assert_eq!(read(script(253)), None);
    }
}
