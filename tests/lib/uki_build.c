#include "uki_build.h"

#include "format/pe.h"

void uki_build(struct pe_build *b, const struct uki_piece *pieces, size_t count)
{
	pe_build_begin(b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	for (size_t i = 0; i < count; i++)
		pe_build_text(b, pieces[i].name, pieces[i].content);
}
