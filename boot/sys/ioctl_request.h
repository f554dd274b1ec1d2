/*
 * The type of ioctl(2)'s request, about which the C libraries do not agree: a
 * request with its top bit set is converted by a cast to this.
 */
#ifndef KEELBOOT_SYS_IOCTL_REQUEST_H
#define KEELBOOT_SYS_IOCTL_REQUEST_H

#ifdef __GLIBC__
typedef unsigned long ioctl_request;
#else
typedef int ioctl_request;
#endif

#endif
