#pragma once

#include <cstdint>
#include <string>

/// Numbers as people read them. Pure functions, any thread.

namespace lepton_shell {

/// Returns `812 B`, `1.5 KiB`, `3.2 GiB`.
std::string bytes_text(double bytes);

/// Returns a time span in its two largest units: `340 µs`, `1.2 ms`, `12.5 s`,
/// `3m 05s`, `2h 10m`, `5d 03h`. Negative spans count as 0.
std::string span_text(double seconds);

/// Returns a figure with at most `digits` significant digits and no trailing
/// zeros: `0.9722`, `1.5e-05`, `1797`.
std::string figure(double x, int digits = 4);

/// Returns a score between 0 and 1 with four decimals: `0.9720`.
std::string score(double x);

/// Returns a share as `97.2 %`.
std::string percent(double share);

/// Returns a point in time, seconds since 1970, relative to `now`: `just now`,
/// `12 s ago`, `3 h ago`, and as a date when it is older than a week.
std::string ago(double then, double now);

/// Returns local date and time `2026-01-31 15:04:05` of seconds since 1970.
std::string date_text(double seconds);

/// Returns local wall-clock time `15:04:05.123` of seconds since 1970.
std::string clock_text(double seconds);

/// Returns seconds since 1970, now.
double now_s();

} // namespace lepton_shell
