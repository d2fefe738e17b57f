#pragma once
// Checks a value against a JSON Schema of the subset that fields.hpp writes: type, properties,
// required, items, enum, minimum, maximum, minLength, maxLength, maxItems and $ref; description,
// default, title are remarks. A keyword it does not know is an error, so that nothing is believed
// to be checked that is not.

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace tutti::api {

// `document` is where a $ref ("#/a/b", RFC 6901) points into; the schema itself if null.
// Errors: bad_request with the place in the value; internal for a schema that is no schema.
Result<void> validate(const Json& schema, const Json& value, const Json* document = nullptr);

// The value a "#/a/b" points to, or null.
const Json* resolve(const Json& document, std::string_view pointer);

}  // namespace tutti::api
