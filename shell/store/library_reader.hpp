#pragma once
// The library as it is asked. Thread: store (that of its connection).

#include <span>

#include "core/library/requests.hpp"
#include "core/play/facts.hpp"
#include "shell/store/library_details.hpp"

namespace tutti::shell {

// Makes a connection to library.db one that sees house.db as `house`.
Result<void> attach_house(Database& library, const std::string& house_path);

// Answers a request that changes nothing, from one state of both databases. Errors: not_found (also
// for what the account may not see), bad_request; corrupt, io, busy. A request that changes
// something is a bug of the caller (internal).
Result<library::Answer> ask_library(Database& db, const library::Ask& ask);

// What playback needs of tracks, in the order asked for; without those that are not in the library
// or that the account may not see.
Result<std::vector<play::TrackFacts>> ask_facts(Database& db, AccountId account,
                                                std::span<const TrackId> tracks);

// Where its file is, or a file that has the image. Errors: not_found.
Result<TrackPlace> ask_place(Database& db, AccountId account, TrackId track);
Result<TrackPlace> ask_place(Database& db, AccountId account, library::ArtworkKey artwork);

}  // namespace tutti::shell
