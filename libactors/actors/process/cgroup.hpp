#pragma once

/// Control groups (version 2) for child processes: limits on a child with all
/// that it starts, and a kill that nothing of it escapes. No CAF in here; for
/// one thread.

#include <actors/process/process_limits.hpp>
#include <actors/process/unique_fd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace actors {

/// The group of one child.
class cgroup {
public:
  /// @param directory of a group that exists
  explicit cgroup(std::string directory);

  const std::string& directory() const { return directory_; }

  /// A process that writes `0` to it becomes a member; -1 if it cannot be.
  int entrance() const { return entrance_.get(); }

  /// Kills every member (SIGKILL).
  void kill() const;

  /// Whether the kernel has killed a member because of `memory.max`.
  bool out_of_memory() const;

  /// Removes the group. @returns false while it has members
  bool remove() const;

private:
  std::string directory_;
  unique_fd entrance_;
};

/// Where the groups of our children are: below our own group.
class cgroup_home {
public:
  /// Reads where we are. Cheap; changes nothing.
  cgroup_home();

  /// Below this directory instead.
  explicit cgroup_home(std::string directory);

  /// The directory, or empty when there is no version 2 here.
  const std::string& directory() const { return directory_; }

  /// Makes a group with those of the limits that it can hold. On the first
  /// call removes groups that a dead program has left, and moves this program
  /// into a group `main` beside those of the children if that is what it takes
  /// to be given a controller.
  /// @param notices what cannot be had, for people
  /// @returns nothing if no group can be made
  std::unique_ptr<cgroup> make(const std::string& name,
                               const process_limits& limits,
                               std::vector<std::string>& notices);

private:
  void prepare();
  bool enable(const std::string& controller);
  bool leave_home();

  std::string directory_;
  bool prepared_ = false;
};

/// The directory of our group, from the text of /proc/self/mountinfo and
/// /proc/self/cgroup; empty if there is no version 2. Pure.
std::string own_cgroup_directory(std::string_view mountinfo,
                                 std::string_view membership);

} // namespace actors
