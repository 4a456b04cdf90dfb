#pragma once

// Networks as ONNX files (https://onnx.ai), which most runtimes execute.

#include <formats/network_parts.hpp>
#include <string>

namespace formats {

/// The bytes of an ONNX model, operator set 13, checked by libonnx: one input
/// `inputs` [rows, inputs], one output `probabilities` or `values` [rows,
/// outputs], all float. Scaling and principal components are part of the graph;
/// `lepton_inputs` and `lepton_outputs` in its metadata name inputs and outputs
/// as JSON lists.
/// @throws models::data_error for a model that is no network
std::string onnx_file(const models::model_file& model, const std::string& name);

} // namespace formats
