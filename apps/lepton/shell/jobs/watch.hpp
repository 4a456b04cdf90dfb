#pragma once

#include <shell/core/context.hpp>

#include <string>

namespace lepton_shell {

/// Estimates how long the rest takes from the pace since it began to look.
class pace {
public:
  /// Takes note of `step` at `time`, seconds.
  void note(double step, double time);

  /// Seconds until `steps`, NaN while unknown.
  double rest(double steps) const;

private:
  double first_step_ = -1;
  double first_time_ = 0;
  double step_ = 0;
  double time_ = 0;
};

/// Returns one line about a running job: epoch, step, loss, validation
/// accuracy, remaining time.
/// @param with_bar draws a bar, for a line that is painted over
std::string progress_line(const json& record, double eta_s, bool with_bar);

/// Follows a job to its end: one line painted over and over on a terminal, a
/// line about once a second elsewhere. Goes on when the node goes away and
/// comes back.
/// @returns the job's record at its end
json watch_job(context& c, const std::string& id);

/// Follows a job, prints its end, and returns the command's exit code.
/// @throws refusal unless it succeeded
int watch_and_report(context& c, const std::string& id);

} // namespace lepton_shell
