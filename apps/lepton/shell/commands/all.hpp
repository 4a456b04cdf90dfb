#pragma once

#include <shell/core/command.hpp>

#include <vector>

/// The rows of the table of commands, by the file that carries them out.

namespace lepton_shell {

std::vector<command> node_commands();    ///< status nodes tree ps
std::vector<command> actor_commands();   ///< describe ask send child chaos
std::vector<command> storage_commands(); ///< put get ls rm stat
std::vector<command> inspect_commands(); ///< inspect
std::vector<command> job_commands();     ///< train jobs job
command predict_command();               ///< one of the next
std::vector<command> model_commands();   ///< models compare evaluate predict
std::vector<command> event_commands();   ///< events
std::vector<command> certificate_commands(); ///< ca
std::vector<command> shell_commands();       ///< help exit

} // namespace lepton_shell
