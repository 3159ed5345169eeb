/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can go wrong with a read that is neither a lack of rights, nor the end of what was read, nor
 * a gap of the kernel's. Included with VALUE_ERROR(errno, STATE, reason) defined, more than once:
 * no guard. The reason is a whole sentence of JSON's access.unknown and of the screen.
 */
VALUE_ERROR(EMFILE, FILES, "too many open files: twintop may open no more (RLIMIT_NOFILE)")
VALUE_ERROR(ENFILE, SYSTEM_FILES, "too many open files: the whole system may open no more (ENFILE)")
VALUE_ERROR(ENOMEM, MEMORY, "the kernel had not enough memory to tell it (ENOMEM)")
VALUE_ERROR(ENOBUFS, BUFFERS, "the kernel had not enough memory to tell it (ENOBUFS)")
VALUE_ERROR(ENAMETOOLONG, NAME, "its path is too long for the kernel to tell (ENAMETOOLONG)")
VALUE_ERROR(EIO, IO, "the kernel could not read it (input/output error)")
VALUE_ERROR(EFAULT, ADDRESS, "no memory of the target can be read at that address (EFAULT)")
VALUE_ERROR(EADDRNOTAVAIL, ABSENT, "the target has no page in memory at that address")
VALUE_ERROR(EBADF, CLOSED, "it was closed while it was read")
VALUE_ERROR(EAGAIN, BUSY, "the kernel was too busy to tell it (EAGAIN)")
VALUE_ERROR(EBUSY, IN_USE, "it is in use and cannot be read now (EBUSY)")
VALUE_ERROR(EINTR, INTERRUPTED, "a signal interrupted the read (EINTR)")
VALUE_ERROR(ELOOP, LOOP, "its path has too many links (ELOOP)")
VALUE_ERROR(EINVAL, FORM, "this kernel tells it in no way that twintop knows (EINVAL)")
VALUE_ERROR(EBADMSG, MESSAGE, "what the kernel told has a form that twintop does not know")
VALUE_ERROR(ERANGE, RANGE, "what the kernel told is out of range")
VALUE_ERROR(EOVERFLOW, OVERFLOW, "what the kernel told is out of range (EOVERFLOW)")
VALUE_ERROR(ENODATA, EMPTY, "the kernel told nothing of it")
VALUE_ERROR(ESTALE, CHANGED, "it was another's before it was read to its end")
VALUE_ERROR(EXDEV, FOREIGN, "this /proc is of another PID namespace than twintop's own")
#undef VALUE_ERROR
