#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace lepton_test {

/// What a program said, and how it ended.
struct program_result {
  int code = -1; ///< exit code, or 128 + signal
  std::string out;
  std::string err;
};

/// Runs a program with its streams on pipes. `close_out_after` closes our end
/// of its standard output after that many bytes, as `head` does.
program_result run_program_with(const std::vector<std::string>& argv,
                                const std::string& input,
                                const std::vector<std::string>& environment,
                                long close_out_after = -1);

/// A program in a pseudo-terminal of 24 x 80.
class terminal {
public:
  terminal(const std::vector<std::string>& argv,
           const std::vector<std::string>& environment);
  ~terminal(); ///< kills what still runs
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  void type(const std::string& keys);

  /// Waits until `text` appears behind what has been expected before.
  /// @returns whether it has within ten seconds
  bool expect(const std::string& text);

  /// Waits for the end and returns the exit code.
  int wait();

  /// All that has appeared.
  const std::string& seen() const { return seen_; }

private:
  bool read_some();

  int fd_ = -1;
  pid_t pid_ = -1;
  std::string seen_;
  size_t at_ = 0;
};

} // namespace lepton_test
