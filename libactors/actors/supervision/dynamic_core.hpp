#pragma once

#include <actors/supervision/decider.hpp>

#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

/// The decisions of a dynamic supervisor (OTP: simple_one_for_one): one
/// template, any number of children that come and go.
///
/// Children are independent: each is restarted alone, and all are stopped at
/// once, under one timer. A child that is gone leaves nothing: there are no
/// stopped children. What a child was started with is kept by who carries the
/// actions out, and only for as long as the child may be restarted.
///
/// Ids: a child that is given no name is `TEMPLATE-N` where N is its place,
/// from 1; the k-th child in the same place is `TEMPLATE-N.K`. So no id comes
/// twice and none takes memory.
namespace actors {

/// No limit to the number of children.
inline constexpr size_t unlimited = std::numeric_limits<size_t>::max();

class dynamic_core : public decider {
public:
  /// @param policy `how` must be one_for_one; `stop` is not looked at
  /// @param pattern the template; it has no problem (see `check` in
  /// dynamic.hpp).
  dynamic_core(supervisor_policy policy,
               size_t max_children,
               policy_ptr pattern);

  void boot(time_point now) override;

  // -- requests ---------------------------------------------------------------

  /// A child of the template.
  /// @param name its id; empty: one is made
  /// @returns its slot, `no_slot` if it is refused: `max_children`,
  ///   `already_started` (the name is taken), `invalid` (it is no good),
  ///   `stopping`
  slot_id
  start_instance(const std::string& name, request_token from, time_point now);

  /// Ends a child, which is forgotten.
  void terminate_child(const std::string& id,
                       request_token from,
                       time_point now) override;
  void terminate(slot_id slot, request_token from, time_point now);

  /// New settings and a new template, from the next start of each child on.
  /// Children that run are left alone, also if they are too many now; restarts
  /// that were counted stay counted.
  void replace(supervisor_policy policy,
               size_t max_children,
               policy_ptr pattern,
               time_point now);

  // What only an ordinary supervisor can do is `unsupported`.
  void
  start_child(policy_ptr policy, request_token from, time_point now) override;
  void restart_child(const std::string& id,
                     request_token from,
                     time_point now) override;
  void delete_child(const std::string& id,
                    request_token from,
                    time_point now) override;

  // -- queries ----------------------------------------------------------------

  size_t max_children() const { return max_children_; }

  slot_id find(const std::string& id) const override;
  child_view view(slot_id slot) const override;

  /// Also of one that is gone, until its place is taken.
  std::string id_of(slot_id slot) const override;

  /// By place, which is no order of age.
  std::vector<child_view> which_children() const override;

  /// One spec; workers or supervisors are all children, active those that
  /// have an incarnation (OTP).
  child_counts count_children() const override;

private:
  const policy_ptr& policy_of(slot_id) const override { return template_; }

  void remove(slot_id slot) override;

  bool forgets(slot_id) const override { return true; }

  void declined(slot_id slot) override { remove(slot); }

  void after_end(slot_id slot, exit_status why, time_point now) override;
  void begin_stop(exit_status why, time_point now) override;
  void common_timeout(uint32_t number, time_point now) override;
  void advance(time_point now) override;
  op_result problem_with_name(const std::string& name) const;

  size_t max_children_;
  policy_ptr template_;
  std::unordered_map<std::string, slot_id> by_name_;
  /// Of children that were given one; also of one that is gone, until its
  /// place is taken.
  std::unordered_map<slot_id, std::string> names_;
  uint32_t stop_timer_ = 0; ///< of the stop of all; 0: none
  bool killing_ = false;    ///< all: the stragglers have been killed
};

} // namespace actors
