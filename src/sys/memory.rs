//! What this process keeps in memory.

use std::fs;

use nix::errno::Errno;

/// Gives back memory that only the start needed: free pages of the heap, and this program's own
/// pages that come from its file and were not written to. What is needed of these again is mapped
/// again at the first touch (madvise(2), `MADV_DONTNEED`).
///
/// An optimization: where it fails, nothing is lost.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: malloc_trim(3) may be called at any time; it touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for (start, length) in maps.lines().filter_map(clean_mapping) {
        // SAFETY: the range is a whole mapping of a file, private and never writable, as the line
        // says: what is dropped can only come back as it was.
        let _ = Errno::result(unsafe {
            libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED)
        });
    }
}

/// The start and length of a mapping, where the line of /proc/self/maps (proc_pid_maps(5)) tells of
/// a private, read-only or executable one of a file.
fn clean_mapping(line: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let is_clean = matches!(fields.next()?, "r-xp");
    let is_file = fields.nth(3)?.starts_with('/');
    let start = usize::from_str_radix(start, 16).ok()?;
    let end = usize::from_str_radix(end, 16).ok()?;
    (is_clean && is_file).then_some((start, end.checked_sub(start)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_alone_is_given_back() {
        let line = |flags: &str, file: &str| format!("002af000-00578000 {flags} 0 08:01 12 {file}");
        assert_eq!(clean_mapping(&line("r-xp", "/bin/x")), Some((0x2af000, 0x2c9000)));
        // Relocated, and read-only since: it was written to.
        assert_eq!(clean_mapping(&line("r--p", "/bin/x")), None);
        assert_eq!(clean_mapping(&line("rw-p", "/bin/x")), None);
        assert_eq!(clean_mapping(&line("r-xp", "[vdso]")), None);
        assert_eq!(clean_mapping(""), None);
    }

    #[test]
    fn the_program_goes_on_afterwards() {
        give_back();
        assert!(clean_mapping("nonsense").is_none());
    }
}
