#pragma once

#include <shell/core/context.hpp>

#include <string>

namespace lepton_shell {

/// Writes a model of the node to a file here: ".safetensors" as the node has
/// it, ".h5" for Keras, ".onnx".
/// @throws refusal, unreachable, interrupted; usage_error for another name
int export_model(context& c, const std::string& model, const std::string& file);

/// Reads a model file, safetensors of ours or HDF5 of Keras, and publishes it.
/// Files of others are read in a process of their own: the HDF5 library does
/// not survive every damaged file.
/// @throws refusal, unreachable, interrupted
int import_model(context& c, const std::string& file, const std::string& name);

} // namespace lepton_shell
