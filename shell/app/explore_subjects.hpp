#pragma once
// What `tutti explore` can be asked for, and how its findings are told. Thread: any.

#include <string>
#include <string_view>
#include <vector>

#include "sim/races/scenarios.hpp"
#include "sim/races/survey.hpp"

namespace tutti::shell {

// One scenario by name: a variant of a row, or one of the shipped machines.
struct Subject {
  std::string name;
  std::string_view kind;  // wrong, repaired, shipped
  const explore::Scenario* scenario = nullptr;
  const races::Row* row = nullptr;
  const races::Plan* plan = nullptr;
};

// Everything there is, made once.
struct Catalogue {
  std::vector<races::Row> rows = races::all_rows();
  std::vector<races::Plan> plans = races::all_plans();
  std::vector<Subject> subjects() const;
  const Subject* find(const std::vector<Subject>& subjects, std::string_view name) const;
  // "unknown scenario X, did you mean Y? `tutti explore --list` ..."
  std::string unknown(std::string_view name) const;
};

// One line of JSON for one scenario under one engine, with the shrunk trace of what it found.
std::string json_of(const Subject& subject, const explore::Report& report,
                    std::string_view trace = {});
// One for a row: how its wrong variant was found.
std::string json_of(const races::Row& row, const races::Survey& survey);
// Some lines for people.
std::string text_of(const races::Row& row, const races::Survey& survey);

// A page with the run as swim lanes.
std::string picture_of(const explore::Trace& trace, std::string_view subtitle);

}  // namespace tutti::shell
