#pragma once

// Markov decision processes with known transitions, and the best policies for
// them. Sparse: only transitions with a probability above 0 are held.
//
//   auto process = models::parse_mdp(text, "robot.mdp");
//   auto solved = models::solve(process, {});
//   process.action_names[solved.policy[0]]

#include <models/parallel/rounds.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace models {

/// One way that an action can turn out.
struct mdp_transition {
  uint32_t state = 0; ///< from
  uint32_t action = 0;
  uint32_t next = 0; ///< to
  double probability = 0;
  double reward = 0;
};

/// A process in rows: (state, action) pairs in order, each with its outcomes.
struct mdp {
  std::vector<std::string> state_names;
  std::vector<std::string> action_names;
  double discount = 0.99;

  /// states + 1: the pairs of a state. A state without pairs is terminal.
  std::vector<uint32_t> first_pair;
  std::vector<uint32_t> pair_action;   ///< of each pair
  std::vector<double> pair_reward;     ///< expected
  std::vector<uint64_t> first_outcome; ///< pairs + 1
  std::vector<uint32_t> outcome_next;
  std::vector<double> outcome_probability;

  size_t states() const { return state_names.size(); }

  size_t actions() const { return action_names.size(); }
};

/// Puts transitions into rows; those of one (state, action, next) are added up.
/// @param discount 0 <= discount <= 1
/// Throws `std::invalid_argument` for no states or actions, numbers out of
/// range, a pair whose probabilities do not sum to 1 within 1e-6 (naming it and
/// the sum), and rewards that are not finite.
mdp make_mdp(std::vector<std::string> state_names,
             std::vector<std::string> action_names,
             std::vector<mdp_transition> transitions,
             double discount);

/// Reads the format of docs/models.md: lines of `discount D` (optional), and
/// `STATE ACTION NEXT PROBABILITY [REWARD]`; `#` begins a comment. States and
/// actions are words, known by being mentioned, in the order of their mention.
/// Throws `data_error` with path, line and column, and for what `make_mdp`
/// refuses.
mdp parse_mdp(std::string_view text, const std::string& path = "process");

/// How a process is solved.
enum class mdp_method : uint8_t {
  value_iteration,  ///< the best action's value, state by state
  policy_iteration, ///< a policy's values to the end, then a better policy
  modified,         ///< a policy's values for some sweeps, then a better policy
};

struct mdp_config {
  mdp_method method = mdp_method::value_iteration;
  double tolerance = 1e-6;    ///< 0 < t <= 1: it ends when no value changes by
                              ///< more in a sweep
  uint32_t sweeps = 1000000;  ///< most of them, 1..10^9
  uint32_t inner_sweeps = 20; ///< of `modified`, between two policies, 1..10000
  uint32_t shards = 0; ///< tasks the states are cut into, 0..1024; 0: by their
                       ///< number. Part of the result's last bits
};

/// @throws std::invalid_argument naming the member and its range
void check(const mdp_config& config);

struct mdp_solution {
  std::vector<double> values;  ///< of each state under the policy
  std::vector<int32_t> policy; ///< the action of each state; -1: terminal
  uint64_t sweeps = 0;
  uint32_t policies = 0; ///< that were looked at
  double residual = 0;   ///< the largest change of the last sweep
  bool converged = false;
};

/// The search for the best policy, as a computation in rounds. A sweep changes
/// the values of a shard in place (Gauss-Seidel) and sees those of the others
/// as they were before, so shards can be computed by anybody.
class mdp_algorithm : public round_algorithm {
public:
  /// @param process must outlive it
  /// @throws std::invalid_argument as `check`
  mdp_algorithm(const mdp_config& config, const mdp& process);
  ~mdp_algorithm() override;

  std::string_view program() const override { return "mdp"; }

  uint32_t tasks() const override;
  size_t payload_bytes() const override;
  void lay_out(std::span<std::byte> payload) override;
  bool next_round() override;
  void end_round() override;
  round_state save() const override;
  void restore(const round_state& state) override;

  uint64_t sweeps() const;
  double residual() const;

  mdp_solution result() const;

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// How workers join.
round_program mdp_program();

/// Finds V(s) = max_a sum_s' P(s'|s,a) [R(s,a,s') + discount V(s')] and the
/// policy that takes the action; of equal actions the first. With discount 1
/// the process has to come to an end, else it does not converge, as the
/// solution then says.
/// @param threads 1..255; does not change the result
/// Source: Puterman (1994), "Markov Decision Processes", 6.3 to 6.5.
mdp_solution
solve(const mdp& process, const mdp_config& config = {}, uint32_t threads = 1);

/// The value of taking each action in each state; where a state has not that
/// action the lowest double. @returns states x actions, row-major
std::vector<double> action_values(const mdp& process,
                                  std::span<const double> values);

} // namespace models
