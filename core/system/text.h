#pragma once

#include "registry/text/affixes.h"  // starts_with(), ends_with()
