#include <models/core/error.hpp>
#include <models/data/text.hpp>
#include <models/rl/mdp.hpp>

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <unordered_map>

namespace models {

namespace {

struct name_hash {
  using is_transparent = void;

  size_t operator()(std::string_view x) const {
    return std::hash<std::string_view>{}(x);
  }
};

/// Names by the order of their mention.
class name_list {
public:
  uint32_t number(std::string_view name) {
    auto found = numbers_.find(name);
    if (found != numbers_.end())
      return found->second;
    auto next = static_cast<uint32_t>(names.size());
    names.emplace_back(name);
    numbers_.emplace(names.back(), next);
    return next;
  }

  std::vector<std::string> names;

private:
  std::unordered_map<std::string, uint32_t, name_hash, std::equal_to<>>
    numbers_;
};

class reader {
public:
  reader(std::string_view text, const std::string& path)
    : rest_(text), path_(path) {}

  mdp read() {
    while (next_line())
      if (!words_.empty())
        take_line();
    if (transitions_.empty())
      throw data_error(path_
                       + ": no transitions; a line is STATE ACTION NEXT "
                         "PROBABILITY [REWARD]");
    try {
      return make_mdp(std::move(states_.names), std::move(actions_.names),
                      std::move(transitions_), discount_);
    } catch (const std::invalid_argument& e) {
      throw data_error(path_ + ": " + e.what());
    }
  }

private:
  /// Splits the next line into words; false at the end.
  bool next_line() {
    words_.clear();
    if (rest_.empty())
      return false;
    ++line_;
    auto end = rest_.find('\n');
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    line = line.substr(0, line.find('#'));
    size_t at = 0;
    while ((at = line.find_first_not_of(" \t\r", at)) != line.npos) {
      auto stop = std::min(line.find_first_of(" \t\r", at), line.size());
      words_.push_back({line.substr(at, stop - at), at + 1});
      at = stop;
      if (words_.size() > 6)
        break;
    }
    return true;
  }

  void take_line() {
    if (words_[0].text == "discount" && words_.size() == 2) {
      discount_ = number(1);
      if (discount_ < 0 || discount_ > 1)
        fail(1, "a discount must be 0 to 1");
      return;
    }
    if (words_.size() != 4 && words_.size() != 5)
      fail(words_.size() - 1, "expected STATE ACTION NEXT PROBABILITY [REWARD]"
                              " or discount D");
    for (size_t i = 0; i < 3; ++i)
      if (words_[i].text.size() > 256
          || find_invalid_utf8(words_[i].text) < words_[i].text.size())
        fail(i, "a name must be UTF-8 of at most 256 bytes");
    mdp_transition t;
    t.state = states_.number(words_[0].text);
    t.action = actions_.number(words_[1].text);
    t.next = states_.number(words_[2].text);
    t.probability = number(3);
    if (t.probability < 0 || t.probability > 1)
      fail(3, "a probability must be 0 to 1");
    t.reward = words_.size() == 5 ? number(4) : 0;
    transitions_.push_back(t);
  }

  double number(size_t word) const {
    auto text = words_[word].text;
    double x = 0;
    auto end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, x);
    if (error != std::errc{} || stop != end || !std::isfinite(x))
      fail(word, shown(text) + " is not a number");
    return x;
  }

  [[noreturn]] void fail(size_t word, const std::string& what) const {
    throw data_error(path_ + ":" + std::to_string(line_) + ":"
                     + std::to_string(words_[word].column) + ": " + what);
  }

  struct place {
    std::string_view text;
    size_t column; ///< in bytes, from 1
  };

  std::string_view rest_;
  const std::string& path_;
  uint64_t line_ = 0;
  std::vector<place> words_;
  name_list states_;
  name_list actions_;
  std::vector<mdp_transition> transitions_;
  double discount_ = 0.99;
};

} // namespace

mdp parse_mdp(std::string_view text, const std::string& path) {
  return reader(text, path).read();
}

} // namespace models
