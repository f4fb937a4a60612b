#include "textflag.h"
#include "funcdata.h"

// func callGo(f func())
TEXT ·callGo(SB), 0, $16-8
	NO_LOCAL_POINTERS
	MOVQ f+0(FP), DX
	MOVQ (DX), AX
	CALL AX
	RET

// func callGoArgs(n int, s string, f func(), b [3]byte) (r int)
TEXT ·callGoArgs(SB), 0, $4096-48
	NO_LOCAL_POINTERS
	MOVQ $0, r+40(FP)
	MOVQ f+24(FP), DX
	MOVQ (DX), AX
	CALL AX
	RET

// func callGoNoFrame(f func())
TEXT ·callGoNoFrame(SB), NOSPLIT, $0-8
	NO_LOCAL_POINTERS
	MOVQ f+0(FP), DX
	MOVQ (DX), AX
	CALL AX
	RET

// func jumpGo(f func())
TEXT ·jumpGo(SB), NOSPLIT, $0-8
	MOVQ f+0(FP), DX
	MOVQ (DX), AX
	JMP AX
