//! gzip, by zlib-rs: header and checksum included.

use flate2::{Decompress, FlushDecompress, Status};

use super::step::{Corrupt, Done};

/// The first byte of a member (RFC 1952 §2.3.1).
const MAGIC: u8 = 0x1f;
/// The largest window, in bits.
const WINDOW: u8 = 15;

/// Where the stream stands.
enum At {
    Start,
    Member(Decompress),
    /// After a member; another may follow.
    Between,
    /// After the last one.
    Garbage,
}

pub struct Gzip(At);

impl Gzip {
    pub fn new() -> Gzip {
        Gzip(At::Start)
    }

    pub fn decode(&mut self, input: &[u8], space: &mut [u8]) -> Result<Done, Corrupt> {
        let mut done = Done::default();
        loop {
            let input = input.get(done.taken..).unwrap_or_default();
            let space = space.get_mut(done.made..).unwrap_or_default();
            let step = self.step(input, space)?;
            done = Done { taken: done.taken + step.taken, made: done.made + step.made };
            let is_over = step.taken == input.len() || step.made == space.len();
            if is_over || (step.taken == 0 && step.made == 0) {
                return Ok(done);
            }
        }
    }

    fn step(&mut self, input: &[u8], space: &mut [u8]) -> Result<Done, Corrupt> {
        if let (At::Start | At::Between, Some(first)) = (&self.0, input.first()) {
            self.0 = match (&self.0, *first) {
                (At::Between, byte) if byte != MAGIC => At::Garbage,
                _ => At::Member(Decompress::new_gzip(WINDOW)),
            };
        }
        match &mut self.0 {
            At::Start | At::Between => Ok(Done::default()),
            At::Garbage => Ok(Done { taken: input.len(), made: 0 }),
            At::Member(inflate) => {
                let (done, is_over) = run(inflate, input, space)?;
                if is_over {
                    self.0 = At::Between;
                }
                Ok(done)
            }
        }
    }

    pub fn is_complete(&self) -> bool {
        !matches!(self.0, At::Member(_))
    }
}

fn run(inflate: &mut Decompress, input: &[u8], space: &mut [u8]) -> Result<(Done, bool), Corrupt> {
    let (taken, made) = (inflate.total_in(), inflate.total_out());
    let status = inflate.decompress(input, space, FlushDecompress::None).map_err(|_| Corrupt)?;
    let count = |now: u64, before: u64| usize::try_from(now - before).map_err(|_| Corrupt);
    let taken = count(inflate.total_in(), taken)?;
    let made = count(inflate.total_out(), made)?;
    Ok((Done { taken, made }, status == Status::StreamEnd))
}
