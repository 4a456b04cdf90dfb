#include <models/core/error.hpp>
#include <models/rl/grid_world.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace models {

namespace {

constexpr std::string_view letters = "SGHC#.F";

} // namespace

/// Reads the format of `grid_world`.
class grid_reader {
public:
  grid_reader(std::string_view text, const std::string& path)
    : rest_(text), path_(path) {}

  grid_world read() {
    for (uint64_t line = 1; !rest_.empty(); ++line) {
      line_ = line;
      take(next_line());
    }
    if (world_.columns_ == 0)
      throw data_error(path_ + ": no map; its letters are " + shown_letters());
    if (world_.starts_.empty())
      throw data_error(path_ + ": the map has no start, S");
    return std::move(world_);
  }

private:
  static std::string shown_letters() {
    return "S start, G goal, H hole, C cliff, # wall, . or F free";
  }

  std::string_view next_line() {
    auto end = rest_.find('\n');
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    line = line.substr(0, line.find(';'));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r'))
      line.remove_suffix(1);
    return line;
  }

  void take(std::string_view line) {
    if (line.empty())
      return;
    auto space = line.find(' ');
    if (space != line.npos)
      take_option(line.substr(0, space), line.substr(space + 1), space + 2);
    else
      take_row(line);
  }

  void take_option(std::string_view name, std::string_view text, size_t at) {
    if (world_.columns_ > 0)
      fail(1, "settings come before the map");
    double x = 0;
    auto end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, x);
    if (error != std::errc{} || stop != end || !(std::abs(x) <= 1e9))
      fail(at, "expected a number of at most 1e9");
    if (name == "slip")
      world_.slip_ = in_range(at, x, 0, 1);
    else if (name == "limit")
      world_.limit_ = static_cast<uint32_t>(in_range(at, x, 1, 1e9));
    else if (name == "step")
      world_.step_reward_ = x;
    else if (name == "goal")
      world_.goal_ = x;
    else if (name == "hole")
      world_.hole_ = x;
    else if (name == "cliff")
      world_.cliff_ = x;
    else
      fail(1, "expected slip, step, goal, hole, cliff, limit, or a row of the "
              "map");
  }

  double in_range(size_t at, double x, double min, double max) const {
    if (x < min || x > max)
      fail(at, min > 0 ? "expected 1 to 1e9" : "expected 0 to 1");
    return x;
  }

  void take_row(std::string_view row) {
    auto odd = row.find_first_not_of(letters);
    if (odd != row.npos)
      fail(odd + 1, "not a letter of a map: " + shown_letters());
    auto& w = world_;
    if (w.columns_ == 0)
      w.columns_ = static_cast<uint32_t>(row.size());
    if (row.size() != w.columns_)
      fail(std::min<size_t>(row.size(), w.columns_) + 1,
           "a row of " + std::to_string(row.size()) + " letters, but the first "
             + "has " + std::to_string(w.columns_));
    if (w.cells_.size() + row.size() > grid_world::most_cells)
      fail(1, "more than " + std::to_string(grid_world::most_cells) + " cells");
    for (auto x : row) {
      if (x == 'S')
        w.starts_.push_back(static_cast<uint32_t>(w.cells_.size()));
      w.cells_ += x;
    }
  }

  [[noreturn]] void fail(size_t column, const std::string& what) const {
    throw data_error(path_ + ":" + std::to_string(line_) + ":"
                     + std::to_string(column) + ": " + what);
  }

  std::string_view rest_;
  const std::string& path_;
  uint64_t line_ = 0;
  grid_world world_;
};

grid_world::grid_world(std::string_view text, const std::string& path) {
  *this = grid_reader(text, path).read();
  lay_ways();
}

grid_world::way grid_world::way_of(uint32_t place, uint32_t action) const {
  auto rows = states() / columns_;
  auto row = place / columns_;
  auto column = place % columns_;
  auto to = place;
  if (action == 0 && row > 0)
    to = place - columns_;
  else if (action == 1 && column + 1 < columns_)
    to = place + 1;
  else if (action == 2 && row + 1 < rows)
    to = place + columns_;
  else if (action == 3 && column > 0)
    to = place - 1;
  switch (cells_[to]) {
  case '#':
    return {place, step_reward_, false};
  case 'G':
    return {to, goal_, true};
  case 'H':
    return {to, hole_, true};
  case 'C':
    return {starts_[0], cliff_, false};
  default:
    return {to, step_reward_, false};
  }
}

void grid_world::lay_ways() {
  ways_.reserve(cells_.size() * 4);
  for (uint32_t place = 0; place < states(); ++place)
    for (uint32_t action = 0; action < 4; ++action)
      ways_.push_back(way_of(place, action));
}

mdp grid_world::process(double discount) const {
  std::vector<mdp_transition> all;
  for (uint32_t place = 0; place < states(); ++place) {
    if (ends(place) || cells_[place] == '#')
      continue;
    for (uint32_t action = 0; action < 4; ++action)
      for (uint32_t turn : {0, 1, 3}) {
        auto p = turn == 0 ? 1 - slip_ : slip_ / 2;
        auto& taken = ways_[place * 4 + (action + turn) % 4];
        if (p > 0)
          all.push_back({place, action, taken.to, p, taken.reward});
      }
  }
  return make_mdp(state_names(), action_names(), std::move(all), discount);
}

std::vector<std::string> grid_world::state_names() const {
  std::vector<std::string> names;
  names.reserve(cells_.size());
  for (uint32_t i = 0; i < states(); ++i)
    names.push_back(std::to_string(i / columns_) + ","
                    + std::to_string(i % columns_));
  return names;
}

std::string_view cliff_map() {
  return "............\n"
         "............\n"
         "............\n"
         "SCCCCCCCCCCG\n";
}

std::string_view frozen_lake_map(bool wide) {
  if (wide)
    return "slip 0.6666666666666667\nstep 0\nhole 0\ngoal 1\nlimit 200\n"
           "SFFFFFFF\n"
           "FFFFFFFF\n"
           "FFFHFFFF\n"
           "FFFFFHFF\n"
           "FFFHFFFF\n"
           "FHHFFFHF\n"
           "FHFFHFHF\n"
           "FFFHFFFG\n";
  return "slip 0.6666666666666667\nstep 0\nhole 0\ngoal 1\nlimit 100\n"
         "SFFF\n"
         "FHFH\n"
         "FFFH\n"
         "HFFG\n";
}

} // namespace models
