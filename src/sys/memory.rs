//! What this process keeps in memory.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io;

use nix::errno::Errno;
use nix::sys::memfd::{MFdFlags, memfd_create};

/// A file that is in memory and in no directory, and gone once nobody has it open
/// (memfd_create(2)). `name` is for who looks into /proc.
///
/// # Errors
/// The kernel, or a seccomp filter, has no such call.
pub fn anonymous_file(name: &CStr) -> io::Result<File> {
    Ok(memfd_create(name, MFdFlags::MFD_CLOEXEC)?.into())
}

/// From now on blocks of 256 KiB and more are given back to the kernel when they are freed
/// (mallopt(3)). By itself glibc learns from the first large block that is freed to keep as much as
/// twice its size, and more for each thread.
pub fn return_large_blocks() {
    #[cfg(target_env = "gnu")]
    // SAFETY: integers only; it may be called at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 10);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20);
    }
}

/// Gives back the free pages of the heap (malloc_trim(3)).
pub fn trim_heap() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it may be called at any time; it touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Gives back memory that only the start needed: free pages of the heap, and this program's own
/// pages that come from its file and were not written to. What is needed of these again is mapped
/// again at the first touch (madvise(2), `MADV_DONTNEED`).
///
/// An optimization: where it fails, nothing is lost.
pub fn give_back() {
    trim_heap();
    let maps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    for (start, length) in clean_mappings(&maps) {
        // SAFETY: the range is a whole mapping of a file that is not writable and was never
        // written to, as the kernel says: what is dropped can only come back as it was.
        let _ = Errno::result(unsafe {
            libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED)
        });
    }
}

/// The start and length of each mapping in /proc/self/smaps (proc_pid_smaps(5)) that is a file's,
/// private, not writable, and has no page of its own. Relocated pages are such, though read-only.
fn clean_mappings(smaps: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut candidate = None;
    for line in smaps.lines() {
        if let Some(mapping) = mapping(line) {
            candidate = mapping;
        }
        if line.strip_prefix("Anonymous:").is_some_and(|kilobytes| kilobytes.trim() == "0 kB") {
            found.extend(candidate.take());
        }
    }
    found
}

/// The line that a mapping begins with: its start and length where it is a file's and private, and
/// can't be written to.
fn mapping(line: &str) -> Option<Option<(usize, usize)>> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let start = usize::from_str_radix(start, 16).ok()?;
    let length = usize::from_str_radix(end, 16).ok()?.checked_sub(start)?;
    let is_fixed = matches!(fields.next()?, "r-xp" | "r--p");
    let is_file = fields.nth(3).is_some_and(|name| name.starts_with('/'));
    Some((is_fixed && is_file).then_some((start, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_written_to_is_given_back() {
        let block = |flags: &str, file: &str, own: u32| {
            format!(
                "1000-3000 {flags} 0 08:01 12 {file}\nRss: 8 kB\nAnonymous: {own} kB\nVmFlags: rd\n"
            )
        };
        let clean = vec![(0x1000, 0x2000)];
        assert_eq!(clean_mappings(&block("r-xp", "/bin/x", 0)), clean);
        assert_eq!(clean_mappings(&block("r--p", "/bin/x", 0)), clean);
        // Relocated, and read-only since.
        assert_eq!(clean_mappings(&block("r--p", "/bin/x", 4)), []);
        for (flags, file) in
            [("rw-p", "/bin/x"), ("r-xs", "/bin/x"), ("r-xp", "[vdso]"), ("r--p", "")]
        {
            assert_eq!(clean_mappings(&block(flags, file, 0)), [], "{flags} {file}");
        }
        let both = block("rw-p", "/bin/x", 0) + &block("r-xp", "/bin/x", 0);
        assert_eq!(clean_mappings(&both), clean);
        assert_eq!(clean_mappings("Anonymous: 0 kB\nnonsense\n"), []);
    }

    #[cfg(target_env = "gnu")]
    #[test]
    fn large_blocks_leave_nothing_behind() {
        let anonymous = || {
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
        };
        return_large_blocks();
        let before = anonymous();
        for megabytes in [24, 12, 24] {
            drop(vec![1_u8; megabytes << 20]);
            let small: Vec<Box<[u8]>> = (0..40).map(|_| vec![1; 1 << 20].into()).collect();
            drop(small);
        }
        assert!(anonymous() < before + 8 * 1024, "{} {before}", anonymous());
    }

    #[test]
    fn the_program_goes_on_afterwards() {
        let text = "still here".repeat(1000);
        give_back();
        assert_eq!(text.len(), 10_000);
        assert!(!clean_mappings(&fs::read_to_string("/proc/self/smaps").unwrap()).is_empty());
    }
}
