package plan

// A field is a finite field. Its elements are the numbers below its order.
type field struct {
	order      int
	polynomial int // that the elements are taken modulo; 0 when the order is prime
}

// binaryFields are those whose order is a power of two, with an irreducible
// polynomial for each. They come up before the next prime does.
var binaryFields = []field{{4, 0b111}, {8, 0b1011}, {16, 0b10011}, {32, 0b100101}}

// smallestField finds a field with at least so many elements.
func smallestField(elements int) field {
	for order := max(elements, 2); ; order++ {
		if isPrime(order) {
			return field{order: order}
		}
		for _, f := range binaryFields {
			if f.order == order {
				return f
			}
		}
	}
}

func isPrime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return n > 1
}

func (f field) add(a, b int) int {
	if f.polynomial != 0 {
		return a ^ b
	}
	return (a + b) % f.order
}

func (f field) multiply(a, b int) int {
	if f.polynomial == 0 {
		return a * b % f.order
	}
	product := 0
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= a
		}
		if a <<= 1; a >= f.order {
			a ^= f.polynomial
		}
	}
	return product
}
