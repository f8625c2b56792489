"""A file system that treats root as an NFS server with root_squash does: as nobody.

    root_squash.py BACKING MOUNT_POINT [OPTIONS]

Speaks the kernel's FUSE protocol itself (linux/fuse.h, fuse(4)), so that nothing has to be
installed. Each request is carried out on BACKING with the rights of who made it, as a server does
for its clients: the kernel decides what is allowed. OPTIONS are those of mount(8) for FUSE, with
allow_other unless given. Prints "mounted" and goes on until it is ended or unmounted.
"""
import ctypes
import errno
import os
import stat
import struct
import sys

NOBODY = 65534
HEADER = struct.Struct('<IIQQIIIHH')
backing, point = sys.argv[1:3]
options = sys.argv[3] if len(sys.argv) > 3 else 'user_id=0,group_id=0,allow_other'
paths = {1: backing}
numbers = {backing: 1}
files = {}


def attributes(found):
    return struct.pack(
        '<6Q10I', found.st_ino, found.st_size, found.st_blocks, int(found.st_atime),
        int(found.st_mtime), int(found.st_ctime), 0, 0, 0, found.st_mode, found.st_nlink,
        found.st_uid, found.st_gid, found.st_rdev, 4096, 0)


def entry(path):
    found = os.lstat(path)
    if path not in numbers:
        numbers[path] = len(paths) + 1
        paths[numbers[path]] = path
    # Valid for no time at all: each look asks again, with the rights of who looks.
    return struct.pack('<4Q2I', numbers[path], 0, 0, 0, 0, 0) + attributes(found)


def keep(fd):
    files[fd] = fd
    return struct.pack('<Q2I', fd, 0, 0)


def names(body, at):
    return [os.fsdecode(name) for name in body[at:].split(b'\0')]


def child(node, body, at=0):
    return os.path.join(paths[node], names(body, at)[0])


def getattr_(node, body):
    return struct.pack('<Q2I', 0, 0, 0) + attributes(os.lstat(paths[node]))


def setattr_(node, body):
    valid, _, _, size = struct.unpack_from('<IIQQ', body)
    mode, _, uid, gid = struct.unpack_from('<4I', body, 68)
    path = paths[node]
    if valid & 1:
        os.chmod(path, stat.S_IMODE(mode))
    if valid & 6:
        os.chown(path, uid if valid & 2 else -1, gid if valid & 4 else -1, follow_symlinks=False)
    if valid & 8:
        os.truncate(path, size)
    if valid & 48:
        os.utime(path)
    return getattr_(node, body)


def mkdir(node, body):
    path = child(node, body, 8)
    os.mkdir(path, stat.S_IMODE(struct.unpack_from('<I', body)[0]))
    return entry(path)


def mknod(node, body):
    mode, device = struct.unpack_from('<2I', body)
    path = child(node, body, 16)
    os.mknod(path, mode, device)
    return entry(path)


def symlink(node, body):
    name, target = names(body, 0)[:2]
    path = os.path.join(paths[node], name)
    os.symlink(target, path)
    return entry(path)


def create(node, body):
    flags, mode = struct.unpack_from('<2I', body)
    path = child(node, body, 16)
    fd = os.open(path, flags & ~os.O_DIRECT | os.O_CREAT, stat.S_IMODE(mode))
    return entry(path) + keep(fd)


def open_(node, body):
    return keep(os.open(paths[node], struct.unpack_from('<I', body)[0] & ~os.O_DIRECT))


def read(node, body):
    fd, offset, size = struct.unpack_from('<2QI', body)
    return os.pread(fd, size, offset)


def write(node, body):
    fd, offset, size = struct.unpack_from('<2QI', body)
    return struct.pack('<2I', os.pwrite(fd, body[40:40 + size], offset), 0)


def readdir(node, body):
    fd, offset, size = struct.unpack_from('<2QI', body)
    answer = b''
    for at, name in enumerate(['.', '..'] + sorted(os.listdir(fd))):
        record = struct.pack('<2Q2I', 1, at + 1, len(os.fsencode(name)), 0) + os.fsencode(name)
        record += b'\0' * (-len(record) % 8)
        if at >= offset and len(answer) + len(record) <= size:
            answer += record
    return answer


def rename(node, body, at=8):
    old, new = names(body, at)[:2]
    old = os.path.join(paths[node], old)
    new = os.path.join(paths[struct.unpack_from('<Q', body)[0]], new)
    os.rename(old, new)
    numbers.pop(new, None)
    for path in [path for path in numbers if path == old or path.startswith(old + '/')]:
        number = numbers.pop(path)
        paths[number] = new + path[len(old):]
        numbers[paths[number]] = number
    return b''


def remove(node, body, how):
    path = child(node, body)
    how(path)
    numbers.pop(path, None)
    return b''


def statfs(node, body):
    found = os.statvfs(paths[node])
    return struct.pack('<5Q4I24x', found.f_blocks, found.f_bfree, found.f_bavail, found.f_files,
                       found.f_ffree, found.f_bsize, found.f_namemax, found.f_frsize, 0)


def access(node, body):
    if not os.access(paths[node], struct.unpack_from('<I', body)[0], effective_ids=True):
        raise PermissionError(errno.EACCES, 'access')
    return b''


def release(node, body):
    os.close(files.pop(struct.unpack_from('<Q', body)[0]))
    return b''


CALLS = {
    1: lambda node, body: entry(child(node, body)),
    3: getattr_, 4: setattr_, 6: symlink, 8: mknod, 9: mkdir, 12: rename, 14: open_, 15: read,
    5: lambda node, body: os.fsencode(os.readlink(paths[node])),
    10: lambda node, body: remove(node, body, os.unlink),
    11: lambda node, body: remove(node, body, os.rmdir),
    16: write, 17: statfs, 18: release, 20: lambda node, body: b'', 25: lambda node, body: b'',
    26: lambda node, body: struct.pack('<4I2H2I2H8I', 7, 31, 65536, 0, 8, 8, 65536, 1, 16, *[0] * 9),
    27: open_, 28: readdir, 29: release, 34: access, 35: create,
    45: lambda node, body: rename(node, body, 16),
}
SILENT = (2, 36, 42)  # forget, interrupt, batch_forget


def answer(code, node, uid, gid, body):
    if code not in CALLS:
        return -errno.ENOSYS, b''
    uid, gid = uid or NOBODY, gid or NOBODY
    os.setgroups([gid])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        return 0, CALLS[code](node, body)
    except OSError as error:
        return -(error.errno or errno.EIO), b''
    finally:
        os.seteuid(0)
        os.setegid(0)


def main():
    os.umask(0)
    device = os.open('/dev/fuse', os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    said = f'fd={device},rootmode=40000,{options}'
    if libc.mount(b'nas:/export', os.fsencode(point), b'fuse.nfs', 0, said.encode()) != 0:
        sys.exit(f'mount: {os.strerror(ctypes.get_errno())}')
    print('mounted', flush=True)
    while True:
        try:
            request = os.read(device, 1 << 20)
        except OSError as error:
            if error.errno == errno.ENODEV:  # unmounted
                return
            raise
        _, code, unique, node, uid, gid, _, _, _ = HEADER.unpack_from(request)
        if code in SILENT:
            continue
        status, body = answer(code, node, uid, gid, request[HEADER.size:])
        try:
            os.write(device, struct.pack('<IiQ', 16 + len(body), status, unique) + body)
        except FileNotFoundError:  # the request was taken back
            pass


main()
