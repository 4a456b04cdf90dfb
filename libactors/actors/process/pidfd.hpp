#pragma once

/// <sys/pidfd.h>, which in glibc 2.36 forgets that C++ exists. What it
/// includes itself comes first, to stay outside of the linkage block.

#include <csignal>
#include <fcntl.h>
#include <sys/types.h>

extern "C" {
#include <sys/pidfd.h>
}
