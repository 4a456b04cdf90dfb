#pragma once

#include <shell/core/shell.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <tests/lepton/shell/fake_node.hpp>
#include <unistd.h>
#include <vector>

namespace lepton_test {

/// The shell with its outputs caught.
struct caught_shell {
  explicit caught_shell(const std::string& api, double timeout_s = 10)
    : shell(options(api, timeout_s), out, err) {}

  static lepton_shell::settings options(const std::string& api,
                                        double timeout_s) {
    auto s = lepton_shell::default_settings();
    lepton_shell::apply_globals({{"--api", api}}, s);
    s.client.timeout_s = timeout_s;
    return s;
  }

  int run(std::vector<std::string> words) {
    out.str("");
    err.str("");
    return shell.run_words(words);
  }

  int script(const std::string& text) {
    out.str("");
    err.str("");
    std::istringstream in(text);
    return shell.run_script(in);
  }

  std::ostringstream out;
  std::ostringstream err;
  lepton_shell::shell shell;
};

/// A folder that goes with the test.
class scratch {
public:
  scratch() {
    auto name =
      (std::filesystem::temp_directory_path() / "lepton-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }

  ~scratch() { std::filesystem::remove_all(path_); }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename());
    return names;
  }

private:
  std::string path_;
};

inline std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace lepton_test
